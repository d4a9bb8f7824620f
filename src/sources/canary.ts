// A tiny job of our own through the whole service, every so often: that it does not come out shows silence at any volume.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { jsonState } from "../alerts/json-state.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { defineSource, type LookingSource } from "../alerts/source.ts";
import { duration, idOf } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { isoSeconds, minute, second, type Clock, type Instant } from "../lib/clock.ts";
import { cutAfter } from "../lib/deadline.ts";
import { sayDuration } from "../lib/duration.ts";
import { failed, ok } from "../lib/result.ts";
import { runCommand } from "../lib/run-command.ts";
import { oneLine } from "../lib/text.ts";
import { confirm, Streak, unbroken } from "../monitors/confirmation.ts";
import { checkQuestion, exchangeOf, filledIn, question } from "./exchange.ts";
import { sayTook, timing, type Asking, type Reading } from "./probe.ts";

const Exchange = z.strictObject(question).superRefine(checkQuestion);
const Command = z.strictObject({
  command: z.array(z.string()).min(1).max(100).describe("A program and its arguments, run without a shell; 0 means well."),
}); // prettier-ignore

const Config = z.strictObject({
  component: idOf<ComponentId>().describe("The component that is silent when the canary does not come through."),
  every: duration(minute).prefault("10m").describe("How often one is sent."),
  within: duration(second).prefault("30m").describe("How long it may take to come through."),
  check_every: duration(second).prefault("1m").describe("How often is asked whether it has."),
  timeout: timing.timeout,
  fail_after: timing.fail_after.default(1).describe("How many canaries in a row must be lost for an alert."),
  recover_after: timing.recover_after.default(1).describe("How many in a row must come through to end it."),
  blind_after: timing.blind_after,
  trigger: z
    .union([Exchange, Command])
    .describe("What starts it: an HTTP request as of http-probe, or a command. {canary} stands for its own mark."),
  appears: Exchange.optional().describe(
    "Where it appears: asked as by http-probe until all is as expected. Not written: it pings a heartbeat by itself.",
  ),
});
type Config = z.output<typeof Config>;

const State = z.object({
  streak: Streak,
  sentAt: z.number().optional(),
  /** Of the one that is under way. */
  mark: z.string().optional(),
});
type State = z.output<typeof State>;

async function tried(config: Config, what: Config["trigger"], mark: string, now: Instant, signal: AbortSignal): Promise<Reading> {
  signal.throwIfAborted();
  using cut = cutAfter(config.timeout, signal);
  const asking: Asking = { now, signal: cut.signal, timeoutMs: config.timeout };
  const reading = "command" in what ? await started(what.command, mark, asking) : await exchangeOf(filledIn(what, "{canary}", mark))(asking);
  signal.throwIfAborted();
  return "command" in what ? reading : { ...reading, words: `${new URL(what.url).host} ${reading.words}` };
} // prettier-ignore

async function started(command: readonly string[], mark: string, { signal, timeoutMs }: Asking): Promise<Reading> {
  const [program = "", ...args] = command.map((word) => word.replaceAll("{canary}", mark));
  const began = performance.now();
  const { code, said, notStarted } = await runCommand(program, args, signal);
  if (notStarted !== undefined) throw new Error(`the command of the canary cannot be run: ${oneLine(notStarted, 120)}`);
  const took = sayTook(performance.now() - began);
  if (code === 0) return { well: true, reached: true, words: `the command ended well in ${took}` };
  const how = code === null ? `was ended after ${timeoutMs / second} s` : `ended with ${code} after ${took}`;
  return { well: false, reached: true, words: `the command ${how}${said === "" ? "" : `: ${oneLine(said, 120)}`}` };
}

type Step = { readonly state: State; readonly done?: boolean; readonly words: string; readonly reached: boolean };

/** One step of the canary: send one, look for it, or give it up. `done`: whether one came through, or was lost. */
async function step(config: Config, before: State, now: Instant, signal: AbortSignal): Promise<Step> {
  const { mark, sentAt, ...rest } = before;
  if (mark !== undefined && sentAt !== undefined && config.appears !== undefined) {
    const { well, words, reached } = await tried(config, config.appears, mark, now, signal);
    const arrived = { ...rest, sentAt };
    if (well) return { state: arrived, done: true, words: `came through within ${sayDuration(now - sentAt)}`, reached };
    if (now - sentAt < config.within) return { state: before, words, reached };
    const lost = `sent at ${isoSeconds(sentAt)} has not come through after ${sayDuration(now - sentAt)}: ${words}`;
    return { state: arrived, done: false, words: lost, reached };
  }
  if (sentAt !== undefined && now - sentAt < config.every) return { state: before, words: "", reached: true };
  const fresh = `tocsin-${randomBytes(6).toString("hex")}`;
  const { well, words, reached } = await tried(config, config.trigger, fresh, now, signal);
  const sent = { ...rest, sentAt: now };
  if (!well) return { state: sent, done: false, words: `could not be sent: ${words}`, reached };
  if (config.appears === undefined) return { state: sent, done: true, words: `was sent: ${words}`, reached };
  return { state: { ...sent, mark: fresh }, words, reached };
}

function alertOf(id: SourceId, config: Config, status: Alert["status"], since: Instant, now: Instant, words: string): Alert {
  return {
    key: alertKey(id, "silent"),
    kind: "silent",
    status,
    severity: "critical",
    component: config.component,
    summary: oneLine(`the canary ${words}`, 500),
    labels: {},
    startsAt: since,
    ...(status === "resolved" ? { endsAt: now } : {}),
    observedAt: now,
  };
} // prettier-ignore

function canaryOf(id: SourceId, config: Config, clock: Clock): LookingSource<State> {
  const rule = { failAfter: config.fail_after, recoverAfter: config.recover_after };
  return {
    kind: "looking",
    probes: true,
    everyMs: Math.min(config.check_every, config.every),
    blindAfterMs: config.blind_after,
    components: [config.component],
    ...jsonState(State),
    async reach(signal) {
      // To send one would be more than to look.
      if (config.appears === undefined) return ok("is not sent by doctor, and where it appears is not for this source");
      const { reached, words } = await tried(config, config.appears, "tocsin-doctor", clock.now(), signal);
      return reached ? ok(`${words}; no canary was sent`) : failed(words);
    },
    async look({ now, state = { streak: unbroken } }, signal) {
      const { state: next, done, words, reached } = await step(config, state, now, signal);
      if (done === undefined) return { alerts: [], samples: [], state: next, reached };
      const { streak, turned, since } = confirm(
        state.streak,
        done,
        rule,
        state.mark === undefined ? now : (state.sentAt ?? now),
      );
      const took = state.mark === undefined || state.sentAt === undefined ? {} : { tookMs: now - state.sentAt };
      return {
        alerts: turned === undefined ? [] : [alertOf(id, config, turned, since, now, words)],
        samples: [{ component: config.component, at: now, up: done, ...took }],
        state: { ...next, streak },
        reached,
      };
    },
  };
}

export const canary = defineSource(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }, { clock }) => canaryOf(id, config, clock),
  "run_time",
);
