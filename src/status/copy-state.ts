// What `state.json` of a mirror says of who wrote it, and the incident that a watcher opened while the origin was silent. Pure.
import { z } from "zod";
import { componentStatuses } from "../components/status.ts";
import type { Instant } from "../lib/clock.ts";
import type { Sequence } from "../lib/sequence.ts";
import { macOf } from "../lib/signature.ts";
import { phases } from "../incidents/clocks.ts";

/** Who writes the mirrors as long as it lives. */
export const originName = "origin";

export const watchedId = /^w-\d{1,15}$/u;

const instant = z.int().min(0);
const line = z.string().max(500);
const text = z.string().max(10_000);

/** The incident of a watcher, as it hands it over: all that the record needs to carry it on. */
export const WatchedIncident = z.object({
  id: z.string().regex(watchedId),
  writer: line,
  /** Of the mirror that it stands on, so that it fits no other. */
  epoch: z.int().min(0),
  /** People have been told of it. */
  told: z.boolean(),
  startedAt: instant,
  openedAt: instant,
  impact: z.record(z.string().max(64), z.enum(componentStatuses)),
  notice: z.object({
    title: line.min(1),
    scope: text,
    affected: text,
    alternatives: z.array(text).max(20),
    retrigger: text,
    nextUpdateAt: instant.optional(),
  }),
  /** Oldest first; the first is what it was published with. */
  updates: z.array(z.object({ at: instant, phase: z.enum(phases), text })).min(1).max(1_000), // prettier-ignore
});
export type WatchedIncident = z.output<typeof WatchedIncident>;

/** As it stands in `state.json`: the origin takes up only what was signed with the key that it gave to the watcher. */
export type SignedIncident = { readonly text: string; readonly signature: string };

const State = z.object({
  epoch: z.int().min(0),
  seq: z.int().min(0),
  writer: line.optional(),
  generated_at: z.iso.datetime().optional(),
  valid_until: z.iso.datetime().optional(),
  lease_until: z.iso.datetime().optional(),
  watched: z.object({ text: z.string().max(1_000_000), signature: z.string().max(200) }).optional(),
});

export type CopyState = {
  readonly sequence: Sequence;
  readonly writer: string;
  readonly generatedAt: Instant;
  readonly validUntil: Instant;
  readonly leaseUntil?: Instant;
  readonly watched?: SignedIncident;
};

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Undefined: it is none that we know how to read. */
export function copyState(json: string): CopyState | undefined {
  const read = State.safeParse(parsed(json));
  if (!read.success) return undefined;
  const { epoch, seq, writer = originName, generated_at, valid_until, lease_until, watched } = read.data;
  const time = (iso: string | undefined): Instant => (iso === undefined ? 0 : Date.parse(iso));
  return {
    sequence: { epoch, seq },
    writer,
    generatedAt: time(generated_at),
    validUntil: time(valid_until),
    ...(lease_until === undefined ? {} : { leaseUntil: time(lease_until) }),
    ...(watched === undefined ? {} : { watched }),
  };
}

export function signatureOf(incident: string, key: string): string {
  return macOf([incident], key, { algorithm: "sha256", encoding: "hex" });
}

/** The incident in a signed text, whoever signed it. */
export function watchedIncident(signed: SignedIncident): WatchedIncident | undefined {
  const read = WatchedIncident.safeParse(parsed(signed.text));
  return read.success ? read.data : undefined;
}
