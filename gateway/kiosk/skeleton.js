// The skeleton on its dark stage. Draws one pose when told to; keeps the canvas and how it frames the person.

import { Framing, fit } from "./framing.js";

const CONFIDENT = 0.35;

// COCO order: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles; left before right.
const NOSE = 0;
const LEFT_EAR = 3;
const RIGHT_EAR = 4;
const LEFT = [[5, 7], [7, 9], [11, 13], [13, 15]];
const RIGHT = [[6, 8], [8, 10], [12, 14], [14, 16]];
const TRUNK = [5, 6, 12, 11];
const JOINTS = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const HEAD_TO_TRUNK = 0.3;
const DIMMED = 0.55; // how much of the picture behind is seen
const AROUND = 0.42; // and of what fills the stage around it

export class Skeleton {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.framing = new Framing();
    const style = getComputedStyle(document.documentElement);
    this.near = style.getPropertyValue("--limb-near").trim();
    this.far = style.getPropertyValue("--limb-far").trim();
    this.joint = style.getPropertyValue("--joint").trim();
  }

  /** Sizes the drawing surface to the panel's real pixels. */
  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (width === this.canvas.width && height === this.canvas.height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /** @param {{width, height, points}|null} pose; @param {{width, height, image}|null} picture of the same camera */
  draw(pose, picture) {
    this.resize();
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    if ((!pose && !picture) || width === 0) return;
    const place = fit(picture ? whole(picture) : this.frame(pose), width, height);
    if (picture) this.backdrop(picture, place);
    if (pose) this.person(pose, place);
  }

  frame(pose) {
    const sure = pose.points.filter(([, , score]) => score >= CONFIDENT);
    return this.framing.follow(sure, pose, performance.now() / 1000);
  }

  /** The picture lies as the points do; a little dark, so that they stand out. */
  backdrop({ image, width, height }, { scale, left, top }) {
    const { context } = this;
    context.imageSmoothingQuality = "high";
    const { width: across, height: down } = this.canvas;
    const cover = Math.max(across / width, down / height);
    const [beside, above] = [(across - width * cover) / 2, (down - height * cover) / 2];
    context.globalAlpha = AROUND;
    context.drawImage(image, beside, above, width * cover, height * cover);
    context.clearRect(left, top, width * scale, height * scale);
    context.globalAlpha = DIMMED;
    context.drawImage(image, left, top, width * scale, height * scale);
    context.globalAlpha = 1;
  }

  person(pose, { scale, left, top }) {
    const { width, height } = this.canvas;
    const points = pose.points.map(([x, y, score]) => ({ x: left + x * scale, y: top + y * scale, score }));
    const thickness = limbThickness(points, Math.min(width, height));
    this.limbs(points, RIGHT, this.far, thickness);
    this.trunk(points, thickness);
    this.head(points, thickness);
    this.limbs(points, LEFT, this.near, thickness);
    this.joints(points, thickness * 0.42);
  }

  limbs(points, pairs, colour, thickness) {
    const { context } = this;
    context.lineCap = "round";
    context.lineWidth = thickness;
    context.strokeStyle = colour;
    for (const [from, to] of pairs) {
      if (!seen(points, from, to)) continue;
      context.beginPath();
      context.moveTo(points[from].x, points[from].y);
      context.lineTo(points[to].x, points[to].y);
      context.stroke();
    }
  }

  trunk(points, thickness) {
    if (!seen(points, ...TRUNK)) return;
    const { context } = this;
    context.beginPath();
    for (const index of TRUNK) context.lineTo(points[index].x, points[index].y);
    context.closePath();
    context.lineJoin = "round";
    context.lineWidth = thickness;
    context.strokeStyle = this.joint;
    context.globalAlpha = 0.16;
    context.fillStyle = this.joint;
    context.fill();
    context.globalAlpha = 0.85;
    context.stroke();
    context.globalAlpha = 1;
  }

  head(points, thickness) {
    if (!seen(points, NOSE, ...TRUNK)) return;
    const { context } = this;
    const shoulders = middle(points[5], points[6]);
    const hips = middle(points[11], points[12]);
    const ears = [LEFT_EAR, RIGHT_EAR].filter((index) => seen(points, index)).map((index) => points[index]);
    const centre = ears.length === 2 ? middle(...ears) : points[NOSE];
    const radius = (apart(shoulders, hips) * HEAD_TO_TRUNK) / 2 + thickness / 2;
    context.beginPath();
    context.arc(centre.x, centre.y, radius, 0, Math.PI * 2);
    context.lineWidth = thickness * 0.8;
    context.strokeStyle = this.joint;
    context.stroke();
  }

  joints(points, radius) {
    const { context } = this;
    context.fillStyle = this.joint;
    for (const index of JOINTS) {
      if (!seen(points, index)) continue;
      context.beginPath();
      context.arc(points[index].x, points[index].y, radius, 0, Math.PI * 2);
      context.fill();
    }
  }
}

/** A blurred picture says more from afar. */
function whole({ width, height }) {
  return { left: 0, top: 0, right: width, bottom: height };
}

/** A limb is as thick as it would be on a person of this size, within reason. */
function limbThickness(points, side) {
  const torso = seen(points, ...TRUNK) ? apart(middle(points[5], points[6]), middle(points[11], points[12])) : side / 4;
  return Math.min(side / 30, Math.max(3, side / 60, torso * 0.1));
}

function apart(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function seen(points, ...indices) {
  return indices.every((index) => points[index].score >= CONFIDENT);
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
