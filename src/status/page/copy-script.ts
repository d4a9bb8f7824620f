// What a copy of the page does by itself in a browser: tells when it has lost its origin, and follows the clock where work is planned.
import { createHash } from "node:crypto";

/**
 * Data come as attributes of the element, so that the text, and its hash in the policy, is the same in every copy.
 * `state.json` is asked for every now and then: what it says counts, however old the page in the window is.
 */
const written = `
(() => {
const me = document.currentScript.dataset, words = JSON.parse(me.words), windows = JSON.parse(me.windows || "[]");
const page = document.documentElement.dataset, main = document.getElementById("main");
const head = page.validUntil && main.querySelector(".say"), title = document.title;
let made = Date.parse(page.generated), until = Date.parse(page.validUntil), box, mirror, origin, timer, asked = 0;

const say = (name, values) => words[name].replace(/\\{(\\w+)\\}/g, (_, key) => values[key]);
const time = (at) => {
  const then = new Date(at).toISOString(), today = new Date().toISOString().slice(0, 10) === then.slice(0, 10);
  return (today ? "" : then.slice(0, 10) + " ") + then.slice(11, 16) + " UTC";
};
const make = (tag, ...parts) => {
  const element = document.createElement(tag);
  element.append(...parts);
  return element;
};
const show = (status, ...parts) => {
  const next = make("div", ...parts);
  next.className = "say " + status;
  next.setAttribute("role", "status");
  if (box && box.outerHTML === next.outerHTML) return;
  if (box || head) (box || head).replaceWith(next);
  else main.prepend(next);
  box = next;
};
const hide = () => {
  if (!box) return;
  if (head) box.replaceWith(head);
  else box.remove();
  box = undefined;
  document.title = title;
};

const host = new URL(me.origin).host;
const link = () => {
  const to = make("a", host);
  to.href = me.origin;
  return to;
};
const around = (name) => {
  const [before, after] = words[name].split("{host}");
  return [before, name === "unreachable" || name === "alone" ? host : link(), after];
};
const known = () => {
  const [before, after] = words.known.split("{what}");
  return [before, make("b", head.querySelector("h1").textContent), after];
};
const lost = () => {
  const since = say("lost", { time: time(made) });
  const parts = head ? known() : [words.past];
  if (mirror === false) parts.push(" ", ...around("alone"));
  else if (origin !== undefined) parts.push(" ", ...around(origin ? "reachable" : "unreachable"));
  const now = +new Date();
  for (const { title, from, to } of windows)
    if (now >= from && now < to) parts.push(" ", say("planned", { title, time: time(to) }));
  show("unknown", make(head ? "h1" : "h2", since), make("p", ...parts));
  document.title = since + " · " + title;
};

const plan = (now) => {
  for (const { number, from, to, state } of windows) {
    const word = now >= to ? say("over", { time: time(to) }) : now >= from && state === "scheduled" ? words.begun : "";
    const name = document.getElementById("maintenance-" + number);
    const line = name ? name.nextElementSibling : me.window === String(number) && main.querySelector(".card p");
    if (!line) continue;
    if (!line.dataset.was) line.dataset.was = line.textContent;
    const text = word ? line.dataset.was.replace(/·[^·]*$/, "· " + word) : line.dataset.was;
    if (line.textContent !== text) line.textContent = text;
  }
};
const running = (now) => {
  const on = windows.find(({ from, to, state }) => state === "scheduled" && now >= from && now < to);
  if (!on || !head || !me.home || !head.classList.contains("operational")) return hide();
  show("under_maintenance", make("h1", on.title), make("p", say("running", { from: time(on.from), to: time(on.to) })));
};

const look = () => {
  const now = +new Date();
  plan(now);
  if (now >= until) lost();
  else running(now);
  const edges = [until, ...windows.flatMap(({ from, to }) => [from, to])].filter((edge) => edge > now);
  clearTimeout(timer);
  timer = setTimeout(turn, Math.min(60000, ...edges.map((edge) => edge - now + 20)));
};
const get = (url) => {
  const late = new AbortController();
  setTimeout(() => late.abort(), 8000);
  return fetch(url, { cache: "no-store", credentials: "omit", signal: late.signal }).then((answer) => {
    if (!answer.ok) throw 0;
    return answer;
  });
};
const ask = async () => {
  asked = +new Date();
  try {
    const state = await (await get(me.root + "state.json")).json();
    mirror = true;
    const fresher = Date.parse(state.generated_at);
    if (!(made >= fresher)) {
      made = fresher;
      until = Date.parse(state.valid_until);
      if (me.sequence && me.sequence !== state.epoch + "." + state.seq) return location.reload();
    }
  } catch (_) {
    mirror = false;
  }
  if (+new Date() >= until) origin = await get(me.origin + "/healthz").then(() => true, () => false);
  look();
};
const turn = () => {
  look();
  const every = +new Date() >= until ? 60000 : Math.max(60000, (until - made) / 3 || 0);
  if (+new Date() - asked >= every || (+new Date() >= until && origin === undefined)) ask();
};
document.addEventListener("visibilitychange", () => document.hidden || turn());
if (!head) ask();
else asked = +new Date();
turn();
})();
`;

export const copyScript: string = written
  .trim()
  .split("\n")
  .map((line) => line.trim())
  .join("\n");

/** For a policy that allows this script and no other. */
export const copyScriptHash: string = `sha256-${createHash("sha256").update(copyScript).digest("base64")}`;
