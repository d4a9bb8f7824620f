// The tables of subscribers, as `src/db/schema.ts` has those of all the rest.
import type { Generated } from "kysely";

export type SubscriberTable = {
  id: Generated<number>;
  kind: string;
  /** An e-mail address, or the URL of a webhook. */
  address: string;
  state: "unconfirmed" | "confirmed" | "suspended";
  /** Empty: all. */
  components: string;
  least: string;
  /** The first half of the token in their links. The other half is nowhere: it is made of this and of secrets. */
  salt: string;
  /** SHA-256 of the token that confirms; made anew for each letter. */
  confirm_hash: string | null;
  created_at: number;
  confirmed_at: number | null;
  /** When they were last sent a letter that a form asked for, and how many since they last confirmed. */
  asked_at: number;
  asked: number;
  /** Messages in a row that their server refused for good. */
  bounces: number;
  reason: string | null;
};

export type LetterTable = {
  id: Generated<number>;
  subscriber: number;
  about: "confirm" | "manage" | "told";
  /** The message to many that this is one of. */
  delivery: number | null;
  attempts: number;
  created_at: number;
  due_at: number;
  /** 1 from before it is sent until it is known what became of it. */
  claimed: 0 | 1;
  possibly_repeated: 0 | 1;
};

/** How far one connection has come with a message to many. */
export type FanOutTable = {
  delivery: number;
  kind: string;
  lane: number;
  lanes: number;
  /** The last subscriber that was begun with; written before anything is sent. */
  cursor: number;
  /** 1 while nobody knows what became of that one. */
  in_flight: 0 | 1;
  done: 0 | 1;
  told: number;
};
