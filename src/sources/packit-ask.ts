// Asks Testing Farm and Copr for what Packit's tables cannot tell: whose fault a red test was, and whether what hangs hangs there.
import { copr, hasEnded as buildHasEnded } from "../clients/copr.ts";
import { hasEnded, testingFarm } from "../clients/testing-farm.ts";
import type { NoAnswer } from "../clients/get-json.ts";
import type { Job } from "../jobs/job.ts";
import { minute, type Instant } from "../lib/clock.ts";
import type { Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import type { PackitType } from "./packit-tables.ts";
import type { UpstreamWord } from "../jobs/upstream-word.ts";

export type AskAddresses = { readonly testing_farm?: string | undefined; readonly copr?: string | undefined };

/** A job by the name that the upstream has for it. */
export type UpstreamJob = {
  /** Absent: it was never given to the upstream. */
  readonly id: string | undefined;
  readonly target: string | undefined;
};

/** Of each look so many red tests are asked about; the others stay as the table tells them. */
const mostSettled = 20;
const atOnce = 5;
/** An upstream that does not answer is left alone for so long. */
const restMs = 5 * minute;

export type PackitAsk = {
  /** Whether there is anybody to ask about red tests. */
  readonly settles: boolean;
  /** Red tests as Testing Farm sees them; those that it was not asked about, or did not answer for, are left as they are. */
  settle(tests: readonly { job: Job; request: string }[], now: Instant, signal: AbortSignal): Promise<readonly Job[]>;
  /** Undefined: there is nobody to ask about such jobs. */
  word(type: PackitType, jobs: readonly UpstreamJob[], signal: AbortSignal): Promise<UpstreamWord | undefined>;
};

/** `error`: its own trouble; `complete`: it worked, and the tests or their description are wrong. */
async function settled(
  farm: ReturnType<typeof testingFarm>,
  job: Job,
  request: string,
  signal: AbortSignal,
): Promise<Result<Job, NoAnswer>> {
  const told = await farm.request(request, signal);
  if (!told.ok) return told;
  const { state, summary } = told.value;
  const status = state === "complete" ? "failure" : state === "error" ? "error" : job.status;
  const message = summary === undefined || summary === "" ? {} : { message: oneLine(summary, 1_000) };
  return { ok: true, value: { ...job, status, ...message } };
}

function wordOf(name: string, answers: readonly Result<boolean, NoAnswer>[]): UpstreamWord {
  const unreached = answers.find((answer) => !answer.ok && answer.error.kind === "unreached");
  return {
    name,
    ended: answers.filter((answer) => answer.ok && answer.value).length,
    open: answers.filter((answer) => answer.ok && !answer.value).length,
    missing: answers.filter((answer) => !answer.ok && answer.error.kind === "missing").length,
    ...(unreached?.ok === false && { unreached: unreached.error.because }),
  };
}

export function packitAsk(addresses: AskAddresses): PackitAsk {
  const farm = addresses.testing_farm === undefined ? undefined : testingFarm(addresses.testing_farm);
  const builds = addresses.copr === undefined ? undefined : copr(addresses.copr);
  let restsUntil = Number.NEGATIVE_INFINITY;

  const never = Promise.resolve<Result<never, NoAnswer>>({ ok: false, error: { kind: "missing", because: "never submitted" } }); // prettier-ignore

  return {
    settles: farm !== undefined,
    settle: async (tests, now, signal) => {
      if (farm === undefined || now < restsUntil) return [];
      const jobs: Job[] = [];
      for (let at = 0; at < Math.min(tests.length, mostSettled); at += atOnce) {
        const some = tests.slice(at, Math.min(at + atOnce, mostSettled));
        const answers = await Promise.all(some.map(({ job, request }) => settled(farm, job, request, signal)));
        for (const answer of answers) if (answer.ok) jobs.push(answer.value);
        if (!answers.some((answer) => !answer.ok && answer.error.kind === "unreached")) continue;
        restsUntil = now + restMs;
        break;
      }
      return jobs;
    },
    word: async (type, jobs, signal) => {
      if (jobs.length === 0) return undefined;
      if (type === "testing_farm" && farm !== undefined) {
        const told = await Promise.all(jobs.map(({ id }) => (id === undefined ? never : farm.request(id, signal))));
        return wordOf("Testing Farm", told.map((one) => (one.ok ? { ok: true, value: hasEnded(one.value) } : one))); // prettier-ignore
      }
      if ((type === "copr_build" || type === "srpm_build") && builds !== undefined) {
        const told = await Promise.all(
          jobs.map(({ id, target }) => (id === undefined ? never : builds.build(id, target, signal))),
        );
        return wordOf("Copr", told.map((one) => (one.ok ? { ok: true, value: buildHasEnded(one.value) } : one))); // prettier-ignore
      }
      return undefined;
    },
  };
}
