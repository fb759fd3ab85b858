// What the box plans for whoever trains here: today's plan, the steps at the machine, tomorrow. Asks the box.

import { isNumber } from "./format.js";

const PLAN_OPEN_S = 120; // who has not looked at the plan by then trains without

export class Trainer {
  constructor({ api, language, onChange }) {
    this.api = api;
    this.language = language; // () => what the page speaks now
    this.onChange = onChange;
    this.forget(null);
  }

  forget(session) {
    this.session = session;
    this.plan = null;
    this.open = false; // the plan waits for the person's word
    this.busy = false;
    this.error = null;
    this.steps = null;
    this.stepsKey = "";
  }

  follow(snapshot) {
    const { session } = snapshot;
    if (session?.id !== this.session?.id) {
      this.forget(session);
      if (session) this.learnPlan();
    }
    this.session = session;
    if (this.open && hasBegun(snapshot)) this.open = false;
    this.followSteps(session, snapshot.control);
  }

  /** The page speaks another language now. */
  relearn() {
    if (this.session) this.learnPlan();
  }

  async learnPlan() {
    const { id, member_id: member, elapsed_s: elapsed } = this.session;
    const first = this.plan === null;
    const plan = await this.ask(id, () => this.api.plan(member, this.language()));
    if (!plan) return;
    this.plan = plan;
    if (first) this.open = plan.feedback === null && elapsed < PLAN_OPEN_S;
    this.onChange();
  }

  /** The member's word: the plan is taken, or not. */
  answer(accepted) {
    return this.act(async (plan) => {
      await this.api.feedback(plan.id, accepted);
      this.open = false;
      if (!accepted) this.plan = null;
    });
  }

  adjust(wish) {
    return this.act(async (plan) => {
      this.plan = await this.api.adjust(plan.id, wish, this.language());
    });
  }

  async act(work) {
    if (this.busy || !this.plan) return;
    const { session } = this;
    this.busy = true;
    this.error = null;
    this.onChange();
    try {
      await work(this.plan);
    } catch (error) {
      if (session.id === this.session?.id) this.error = error;
    } finally {
      this.busy = false;
      this.onChange();
    }
  }

  /** The list is asked for whenever the box stands at another step, or a plan was changed. */
  followSteps(session, control) {
    const step = control?.step;
    const key = session && step ? [session.id, step.number, step.count, control.hold === "plan"].join() : "";
    if (key === this.stepsKey) return;
    this.stepsKey = key;
    if (key !== "") this.learnSteps(session.id);
    else this.steps = null;
  }

  async learnSteps(id) {
    const progress = await this.ask(id, () => this.api.steps(id));
    if (!progress) return;
    this.steps = progress.steps;
    this.onChange();
  }

  /** What the box says, unless somebody else trains by then. Plans are extras: without one people train too. */
  async ask(id, question) {
    try {
      const answer = await question();
      return id === this.session?.id ? answer : null;
    } catch {
      return null;
    }
  }
}

function hasBegun({ session, treadmill }) {
  const reps = Object.values(session.reps).some((count) => count > 0);
  return reps || (isNumber(treadmill?.speed_kmh) && treadmill.speed_kmh > 0) || session.elapsed_s > PLAN_OPEN_S;
}
