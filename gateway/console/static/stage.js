// A camera's picture, the skeletons seen in it, and the floor of each station as a polygon that can be drawn over it.

const CONFIDENT = 0.35;
// COCO order; left and right apart, as on the kiosk.
const LIMBS = [
  ["near", 5, 7], ["near", 7, 9], ["near", 11, 13], ["near", 13, 15],
  ["far", 6, 8], ["far", 8, 10], ["far", 12, 14], ["far", 14, 16],
  ["trunk", 5, 6], ["trunk", 5, 11], ["trunk", 6, 12], ["trunk", 11, 12], ["trunk", 0, 5], ["trunk", 0, 6],
];
const STEP = 0.01;
const MOST_CORNERS = 24;
const LEAST_CORNERS = 3;
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
const percent = (value) => `${value * 100}%`;

export default {
  template: `
    <div class="stage-box" ref="box">
      <img :src="src" :alt="alt" draggable="false">
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        <polygon v-for="zone in shown" :key="zone.id" :points="zone.points.map((p) => p.join(',')).join(' ')"
          :class="{ chosen: zone.id === chosen }" vector-effect="non-scaling-stroke"></polygon>
        <line v-for="(bone, index) in bones" :key="index" v-bind="bone.ends" :class="bone.side"
          vector-effect="non-scaling-stroke"></line>
      </svg>
      <span v-for="zone in shown" :key="'name-' + zone.id" class="zone-name" :style="nameAt(zone)">{{ zone.name }}</span>
      <template v-if="corners">
        <button v-for="(corner, index) in corners" :key="index" type="button" class="corner"
          :style="{ left: percent(corner[0]), top: percent(corner[1]) }"
          :aria-label="cornerLabel.replace('{n}', index + 1)"
          @pointerdown.prevent="grab(index, $event)" @pointermove="drag" @pointerup="drop" @pointercancel="drop"
          @keydown="press(index, $event)"></button>
        <button v-for="(corner, index) in middles" :key="'between-' + index" type="button" class="corner between"
          tabindex="-1" aria-hidden="true" :style="{ left: percent(corner[0]), top: percent(corner[1]) }"
          @pointerdown.prevent="split(index, corner, $event)" @pointermove="drag" @pointerup="drop"
          @pointercancel="drop"></button>
      </template>
    </div>`,
  props: { src: String, alt: String, zones: Array, chosen: String, cornerLabel: String },
  emits: ["zone"],
  data() {
    return { corners: null, held: null, poses: [] };
  },
  watch: {
    chosen: { handler: "begin", immediate: true },
    zones: { handler: "begin", deep: true },
  },
  computed: {
    shown() {
      return this.zones
        .map((zone) => (zone.id === this.chosen && this.corners ? { ...zone, points: this.corners } : zone))
        .filter((zone) => zone.points.length);
    },
    middles() {
      if (this.corners.length >= MOST_CORNERS) return [];
      return this.corners.map(([x, y], index) => {
        const [nextX, nextY] = this.corners[(index + 1) % this.corners.length];
        return [(x + nextX) / 2, (y + nextY) / 2];
      });
    },
    bones() {
      return this.poses.flatMap((pose) =>
        LIMBS.filter(([, a, b]) => pose.points[a][2] >= CONFIDENT && pose.points[b][2] >= CONFIDENT).map(([side, a, b]) => ({
          side,
          ends: {
            x1: pose.points[a][0] / pose.width, y1: pose.points[a][1] / pose.height,
            x2: pose.points[b][0] / pose.width, y2: pose.points[b][1] / pose.height,
          },
        }))
      );
    },
  },
  methods: {
    percent,
    /** Shows the people who are seen now; called by the box a few times a second. */
    see(poses) {
      this.poses = poses;
    },
    begin() {
      if (this.held !== null) return; // what somebody is just dragging is theirs
      const zone = this.zones.find((each) => each.id === this.chosen);
      this.corners = zone && zone.points.length ? zone.points.map((point) => [...point]) : null;
    },
    nameAt(zone) {
      const top = zone.points.reduce((best, point) => (point[1] < best[1] ? point : best));
      return { left: percent(Math.min(top[0], 0.8)), top: percent(Math.max(top[1], 0.06)) };
    },
    grab(index, event) {
      this.held = index;
      event.target.setPointerCapture(event.pointerId);
      event.target.focus();
    },
    split(index, corner, event) {
      this.corners.splice(index + 1, 0, [within(corner[0]), within(corner[1])]);
      this.held = index + 1;
      event.target.setPointerCapture(event.pointerId);
    },
    drag(event) {
      if (this.held === null) return;
      const frame = this.$refs.box.getBoundingClientRect();
      this.corners[this.held] = [
        within((event.clientX - frame.left) / frame.width), within((event.clientY - frame.top) / frame.height),
      ];
    },
    drop() {
      if (this.held === null) return;
      this.held = null;
      this.tell();
    },
    press(index, event) {
      const step = KEYS[event.key];
      if (step) {
        const [x, y] = this.corners[index];
        this.corners[index] = [within(x + step[0]), within(y + step[1])];
      } else if (event.key === "Delete" && this.corners.length > LEAST_CORNERS) {
        this.corners.splice(index, 1);
      } else {
        return;
      }
      event.preventDefault();
      this.tell();
    },
    tell() {
      this.$emit("zone", { id: this.chosen, points: this.corners });
    },
  },
};
