// The page as files in a place of the operator's: only what changed, `state.json` last, never over a newer state.
import { z } from "zod";
import { duration, webUrl } from "../config/fields.ts";
import { definePublisher, type Published } from "../delivery/publisher.ts";
import { second } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { compareSequence, type Sequence } from "../lib/sequence.ts";
import { stateFile, type MirrorState } from "../mirrors/mirror-host.ts";
import { mirrorHost, MirrorPlace, usualTimes } from "../mirrors/mirror-place.ts";
import type { Planned, Site } from "../status/read-site.ts";
import { pathOf, wantedAt } from "../status/site-paths.ts";

const Config = z
  .strictObject({
    to: MirrorPlace.describe("Where the files go."),
    every: duration(second)
      .optional()
      .describe(
        "How often it is renewed when nothing changes; it is valid for three times that. 1m; for git 15m, since hosts of pages count how often they build. Changes go at once.",
      ),
    public_url: webUrl().optional().describe("Where readers find it; the other surfaces name it."),
    settle: duration(second)
      .optional()
      .describe("How long until readers see there what was sent; after that the team is told. 1m; for git 15m."),
  })
  .transform(({ every, settle, ...rest }) => {
    const usual = usualTimes(rest.to);
    return { ...rest, every: every ?? usual.everyMs, settle: settle ?? usual.settleMs };
  });

/** A page that we would write; what a stranger put there is none. */
function isOurs(path: string): boolean {
  const wanted = wantedAt(path);
  return wanted !== undefined && pathOf(wanted) === path;
}

export const staticSite = definePublisher<typeof Config, Site>(Config, ({ config }, { log, folder }) => {
  const host = mirrorHost(config.to, { folder });
  /** From which stamp each file was written; a file without one is written anew each time. */
  let written = new Map<string, string | undefined>();
  /** What lies there, as far as nobody else can have written since without our noticing. */
  let known: MirrorState | undefined;
  let listed = false;

  const forget = (): void => {
    written = new Map();
    known = undefined;
    listed = false;
  };

  /** Files whose stamp is another, that have none, or that are no longer as we left them. */
  async function due(plan: readonly Planned[]): Promise<readonly string[]> {
    const another: string[] = [];
    const same: string[] = [];
    for (const { path, stamp } of plan)
      (stamp !== undefined && written.get(path) === stamp ? same : another).push(path);
    return [...another, ...((await host.altered?.(same)) ?? [])].filter((path) => path !== stateFile);
  }

  /** Pages of incidents that the public may no longer see. Others' files stay. */
  async function gone(planned: ReadonlySet<string>, signal: AbortSignal): Promise<readonly string[]> {
    const ours = [...written.keys()];
    // What was there before us is looked for once: it would be a list of thousands each minute.
    const there = listed ? undefined : await host.list(signal);
    if (there?.ok === true) {
      ours.push(...there.value.filter(isOurs));
      listed = true;
    }
    return [...new Set(ours)].filter((path) => !planned.has(path));
  }

  async function publish(site: Site, sequence: Sequence, signal: AbortSignal): Promise<Published> {
    const there = known === undefined ? await host.read(signal) : { ok: true as const, value: known };
    if (!there.ok) return { kind: "retry", because: there.error };
    const newer = there.value.sequence;
    if (newer !== undefined && compareSequence(newer, sequence) > 0) {
      return {
        kind: "overtaken",
        state: there.value.text ?? "",
        because: `the mirror holds a newer state (${newer.epoch}, ${newer.seq}) than ours (${sequence.epoch}, ${sequence.seq})`,
      };
    }
    signal.throwIfAborted();
    const plan = await site.plan();
    const planned = new Set(plan.map(({ path }) => path));
    const went = await gone(planned, signal);
    const wrote = await host.write(
      {
        files: site.files(await due(plan)),
        gone: went,
        state: async () => (await site.file(stateFile)) ?? { path: stateFile, body: "", contentType: "" },
        token: there.value.token,
      },
      signal,
    );
    if (wrote.kind === "raced") {
      forget();
      return { kind: "retry", because: "somebody else wrote there at the same time", afterMs: second };
    }
    if (wrote.kind === "failed") {
      forget();
      return { kind: "retry", because: wrote.because };
    }
    written = new Map(plan.map(({ path, stamp }) => [path, stamp]));
    known = host.coordinates ? { token: wrote.token, sequence } : undefined;
    log.debug({ changed: wrote.changed }, "mirror written");
    return { kind: "sent", ref: `${sequence.epoch}.${sequence.seq}` };
  }

  return {
    reach: (signal) => host.reach(signal),
    async publish(site, sequence, _previousRef, signal) {
      try {
        return await publish(site, sequence, signal);
      } catch (thrown) {
        // The record could not be read to its end, or it was stopped.
        forget();
        return { kind: "retry", because: reasonOf(thrown) };
      }
    },
  };
});
