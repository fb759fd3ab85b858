// The plan, the summary and the question whether somebody is there, put on the page.

import { $, element, setChildren, setShown, setText } from "./page.js";

const PIPS = Array.from({ length: 10 }, (_, index) => index + 1);

export function showPlan(plan) {
  setText($("plan-name"), plan.name);
  setText($("plan-minutes"), plan.minutes);
  setText($("plan-effort"), plan.effortText);
  setChildren($("plan-pips"), PIPS.map((pip) => pip <= plan.effort), (isOn) => {
    const pip = element("i");
    if (isOn) pip.dataset.on = "";
    return pip;
  });
  setText($("plan-why"), plan.sentence);
  setChildren($("blocks"), plan.blocks, block);
}

function block({ name, minutes, items, text }) {
  const node = element("section", "block");
  const head = element("h3");
  head.append(element("span", "", name), element("span", "num", minutes));
  node.append(head);
  if (items.length > 0) {
    const list = element("ul");
    list.append(...items.map(item));
    node.append(list);
  }
  if (text) node.append(element("p", "block-text", text));
  return node;
}

function item({ name, dose }) {
  const row = element("li");
  row.append(element("span", "", name), element("span", "num", dose));
  return row;
}

export function showSummary({ title, facts, tomorrow }) {
  setText($("summary-title"), title);
  setChildren($("summary-facts"), facts, fact);
  setShown($("tomorrow"), tomorrow !== null);
  if (tomorrow === null) return;
  setText($("tomorrow-name"), tomorrow.name);
  setText($("tomorrow-minutes"), tomorrow.minutes);
  setText($("tomorrow-effort"), tomorrow.effortText);
  setText($("tomorrow-change"), tomorrow.change);
  setText($("tomorrow-why"), tomorrow.because);
}

function fact({ label, value, unit }) {
  const row = element("div");
  const shown = element("dd");
  shown.append(element("span", "num", value), ` `, element("span", "unit", unit));
  row.append(element("dt", "label", label), shown);
  return row;
}

export function showAbsence(absence) {
  const dialog = $("absent");
  if (absence === null) {
    if (dialog.open) dialog.close();
    return;
  }
  if (!dialog.open) dialog.showModal();
  setText($("absent-text"), absence.text);
}
