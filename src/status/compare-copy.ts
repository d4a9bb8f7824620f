// Whether what readers get at a public address is what the record says. Pure: what was fetched, held against what was written.
import { z } from "zod";
import { isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { stampOf } from "../lib/codes.ts";
import { compareSequence, type Sequence } from "../lib/sequence.ts";

/** What one address answered for one file. */
export type Fetched = { readonly path: string } & (
  { readonly status: number; readonly body: string } | { readonly unreached: string }
);

/** `settling`: the newest state is on its way, and may still be. */
export type Compared =
  | { readonly kind: "equal" }
  | { readonly kind: "settling" }
  | { readonly kind: "differs"; readonly what: string; readonly since?: Instant }
  | { readonly kind: "unreachable"; readonly because: string };

/** What one publication wrote: the code of each file. `sentAt` is absent while it is on its way. */
export type Copy = { readonly madeAt: Instant; readonly sentAt?: Instant; readonly files: ReadonlyMap<string, string> };

/** Nobody answered, or not with the file. */
function missing(fetched: readonly Fetched[]): Compared | undefined {
  for (const one of fetched) if ("unreached" in one) return { kind: "unreachable", because: one.unreached };
  const bad = fetched.find((one) => "status" in one && one.status !== 200);
  return bad !== undefined && "status" in bad
    ? { kind: "differs", what: `${bad.path} answers ${bad.status}` }
    : undefined;
}

const rank: readonly Compared["kind"][] = ["unreachable", "differs", "settling", "equal"];
const worstOf = (all: readonly Compared[]): Compared =>
  all.toSorted((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind))[0] ?? { kind: "equal" };

/** A mirror, against what we wrote there: `copies` newest first. Hosts take up to `settleMs` to show what they were given. */
export function compareCopy(
  fetched: readonly Fetched[],
  copies: readonly Copy[],
  settleMs: number,
  now: Instant,
): Compared {
  // Before the first publication of this process nobody here knows what it should be.
  if (!copies.some(({ sentAt }) => sentAt !== undefined)) return { kind: "settling" };
  const gone = missing(fetched);
  if (gone !== undefined) return gone;
  return worstOf(
    fetched.map((one): Compared => {
      const code = "body" in one ? stampOf(one.body) : undefined;
      const wrote = copies.filter(({ files }) => files.has(one.path));
      if (wrote.length === 0) return { kind: "settling" };
      const place = wrote.findIndex(({ files }) => files.get(one.path) === code);
      const shown = wrote[place];
      if (shown === undefined) return { kind: "differs", what: `${one.path} is not as it was written` };
      const next = wrote.slice(0, place).findLast(({ sentAt }) => sentAt !== undefined)?.sentAt;
      if (next === undefined) return { kind: "equal" };
      if (now - next <= settleMs) return { kind: "settling" };
      return { kind: "differs", what: `it shows the state of ${isoSeconds(shown.madeAt)}`, since: next };
    }),
  );
}

const State = z.object({ epoch: z.int(), seq: z.int(), generated_at: z.iso.datetime() });

function stateIn(body: string): z.output<typeof State> | undefined {
  try {
    return State.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

export type Expected = {
  readonly sequence: Sequence;
  /** Since when the record has that sequence. */
  readonly changedAt: Instant;
  /** The same files as we would make them now. */
  readonly files: ReadonlyMap<string, string>;
};

/** A page is made anew within seconds; a proxy before it may keep it for a while. */
const pageSettles = minute;
/** No page is served that is older, nor is a mirror's. */
const oldestPage = 3 * minute;

const titleOf = (page: string): string | undefined => /<title>([^<]*)<\/title>/u.exec(page)?.[1];
const idsIn = (feed: string): string => [...feed.matchAll(/<id>([^<]*)<\/id>/gu)].map(([, id]) => id).join("\n");

/** The live page at its public address: it is made anew all the time, so what it says is compared, not its bytes. */
export function comparePage(fetched: readonly Fetched[], expected: Expected, now: Instant): Compared {
  const gone = missing(fetched);
  if (gone !== undefined) return gone;
  const bodies = new Map(fetched.flatMap((one) => ("body" in one ? [[one.path, one.body] as const] : [])));
  const state = stateIn(bodies.get("state.json") ?? "");
  if (state === undefined) return { kind: "differs", what: "state.json is none of ours" };
  const behind = compareSequence(state, expected.sequence) < 0;
  const settling = now - expected.changedAt <= pageSettles;
  if (behind && !settling)
    return { kind: "differs", what: `it shows the state of ${state.generated_at}`, since: expected.changedAt };
  const madeAt = Date.parse(state.generated_at);
  if (now - madeAt > oldestPage)
    return { kind: "differs", what: `it shows the state of ${state.generated_at}`, since: madeAt + oldestPage };
  if (behind || settling) return { kind: "settling" };
  const differs =
    titleOf(bodies.get("index.html") ?? "") !== titleOf(expected.files.get("index.html") ?? "") ? "index.html" : idsIn(bodies.get("history.atom") ?? "") !== idsIn(expected.files.get("history.atom") ?? "") ? "history.atom" : undefined; // prettier-ignore
  return differs === undefined
    ? { kind: "equal" }
    : { kind: "differs", what: `${differs} does not say what the record says` };
}
