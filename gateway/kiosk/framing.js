// Which part of the camera's frame fills the stage. Pure: time comes in as seconds.
// It opens at once for a limb that leaves it and closes slowly, so it rests while the person moves.

const MARGIN = 0.14; // of the person's larger side, on every side
const CLOSEST = 0.45; // never less than this share of the frame's height
const CLOSE_S = 6; // time constant of closing in
const FORGET_S = 2; // without a pose for so long, the next person is framed anew

export class Framing {
  constructor() {
    this.box = null;
    this.at = null;
  }

  /** @param {number[][]} points [x, y] of what is seen surely; @param {{width, height}} frame */
  follow(points, frame, now) {
    if (points.length === 0) return this.box ?? { left: 0, top: 0, right: frame.width, bottom: frame.height };
    const target = around(points, frame);
    const since = this.at === null ? Infinity : now - this.at;
    this.at = now;
    if (this.box === null || since > FORGET_S) this.box = target;
    const closing = 1 - Math.exp(-since / CLOSE_S);
    const outer = (old, wanted, sign) => (sign * (wanted - old) > 0 ? wanted : old + (wanted - old) * closing);
    this.box = {
      left: outer(this.box.left, target.left, -1),
      top: outer(this.box.top, target.top, -1),
      right: outer(this.box.right, target.right, 1),
      bottom: outer(this.box.bottom, target.bottom, 1),
    };
    return this.box;
  }
}

function around(points, frame) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const pad = Math.max(right - left, bottom - top) * MARGIN;
  const more = Math.max(0, frame.height * CLOSEST - (bottom - top) - 2 * pad) / 2;
  return { left: left - pad, right: right + pad, top: top - pad - more, bottom: bottom + pad + more };
}

/** How a box lies on a canvas: whole and centred. */
export function fit({ left, top, right, bottom }, width, height) {
  const scale = Math.min(width / (right - left), height / (bottom - top));
  return {
    scale,
    left: (width - (right - left) * scale) / 2 - left * scale,
    top: (height - (bottom - top) * scale) / 2 - top * scale,
  };
}
