// What readers find at the public address of a copy, against what was sent there: settled, behind, or not ours.
import { z } from "zod";
import { boundedText } from "../clients/bounded-text.ts";
import type { Audited } from "../delivery/publisher.ts";
import { isoSeconds, second, type Instant } from "../lib/clock.ts";
import { stampOf } from "../lib/codes.ts";
import { sayDuration } from "../lib/duration.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { compareSequence, type Sequence } from "../lib/sequence.ts";
import { oneLine } from "../lib/text.ts";
import { stateFile } from "../mirrors/mirror-host.ts";

const longestAnswer = 8_000_000;
const longestAsk = 10 * second;
/** Of so many of the last that were sent, the front page is known again. */
const remembered = 50;

type Pushed = {
  readonly at: Instant;
  readonly generatedAt: Instant;
  readonly sequence: Sequence;
  readonly home: string;
};

const State = z.object({ epoch: z.int(), seq: z.int(), generated_at: z.string() });

export type PublicCopy = {
  /** It was sent; `home` is the front page. */
  pushed(sent: {
    readonly at: Instant;
    readonly generatedAt: Instant;
    readonly sequence: Sequence;
    readonly home: string;
  }): void;
  look(now: Instant, signal: AbortSignal): Promise<Audited>;
  /** For how long readers have missed what was sent, as of the last look; undefined before the first. */
  lagMs(): number | undefined;
};

export function publicCopy(address: string, settleMs: number): PublicCopy {
  let sent: readonly Pushed[] = [];
  let lag: number | undefined;

  /** The first of what was sent that is younger than what readers see. */
  const missing = (shown: Instant): Pushed | undefined => sent.find(({ generatedAt }) => generatedAt > shown);

  function behind(shown: Instant, now: Instant): Audited {
    const first = missing(shown);
    lag = first === undefined ? 0 : Math.max(0, now - first.at);
    if (lag <= settleMs) return { kind: "equal" };
    const since = isoSeconds(shown);
    return { kind: "differs", what: `${address} has shown an old state for ${sayDuration(lag)}: that of ${since}` };
  }

  async function look(now: Instant, signal: AbortSignal): Promise<Audited> {
    const last = sent.at(-1);
    if (last === undefined) return { kind: "equal" };
    const state = await textAt(`${address}/${stateFile}`, signal);
    const home = state.ok ? await textAt(`${address}/index.html`, signal) : state;
    if (!state.ok || !home.ok) {
      const because = state.ok ? (home.ok ? "" : home.error) : state.error;
      // What was sent just now may not be there yet at all.
      return now - (sent[0]?.at ?? now) <= settleMs ? { kind: "equal" } : { kind: "unreachable", because };
    }
    const shown = stateIn(state.value);
    if (shown === undefined) return { kind: "differs", what: `${address}/${stateFile} is none of ours` };
    if (compareSequence(shown.sequence, last.sequence) > 0)
      return {
        kind: "differs",
        what: `${address} shows a newer state (${shown.sequence.epoch}, ${shown.sequence.seq}) than ours`,
      };
    const page = sent.find(({ home: code }) => code === stampOf(home.value));
    const made = page?.generatedAt ?? madeAt(home.value);
    // Older than all that this process has sent: it cannot know those bytes.
    const first = sent[0]?.generatedAt ?? 0;
    if (page === undefined && (made === undefined || made >= first))
      return { kind: "differs", what: `${address}/index.html is not what was written there` };
    return behind(Math.min(shown.generatedAt, made ?? shown.generatedAt), now);
  }

  return {
    pushed({ home, ...push }) {
      sent = [...sent, { ...push, home: stampOf(home) }].slice(-remembered);
    },
    look,
    lagMs: () => lag,
  };
}

function stateIn(text: string): { readonly sequence: Sequence; readonly generatedAt: Instant } | undefined {
  try {
    const { data } = State.safeParse(JSON.parse(text));
    return data && { sequence: { epoch: data.epoch, seq: data.seq }, generatedAt: Date.parse(data.generated_at) };
  } catch {
    return undefined;
  }
}

/** By its own word. */
function madeAt(page: string): Instant | undefined {
  const at = Date.parse(/data-generated="([^"]{1,40})"/u.exec(page)?.[1] ?? "");
  return Number.isNaN(at) ? undefined : at;
}

async function textAt(url: string, signal: AbortSignal): Promise<Result<string, string>> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      headers: { "User-Agent": "tocsin", "Cache-Control": "no-cache" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(longestAsk)]),
    });
    const text = await boundedText(response, longestAnswer);
    return response.ok ? ok(text) : failed(`${host} answers ${response.status}`);
  } catch (thrown) {
    return failed(oneLine(`${host}: ${reasonOf(thrown)}`, 200));
  }
}
