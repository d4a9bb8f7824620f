// The tables, as Kysely sees them. The same on SQLite and PostgreSQL: times are integers (ms), booleans 0 or 1, JSON is text.
import type { Generated, Kysely, Transaction } from "kysely";
import type { FanOutTable, LetterTable, SubscriberTable } from "./subscriber-tables.ts";

type Json = string;
type Flag = 0 | 1;

/** One row: the sequence of the public record, and secrets of this instance. */
export type RecordTable = {
  id: number;
  epoch: number;
  /** Bumped in each transaction that changes what the public may know. */
  seq: number;
  changed_at: number;
  /** Random, made at first start; links for the team alone are signed with it. */
  secret: string;
  created_at: number;
};

export type InboxTable = {
  id: Generated<number>;
  source: string;
  received_at: number;
  headers: Json;
  body: Uint8Array;
  /** Of the body, in bytes: what waits is bounded, and counted without reading it. */
  size: Generated<number>;
  status: "new" | "done" | "rejected";
  reason: string | null;
  done_at: number | null;
};

export type AlertTable = {
  key: string;
  source: string;
  status: "firing" | "resolved";
  kind: string;
  severity: string;
  component: string | null;
  summary: string;
  body: Json;
  starts_at: number;
  ends_at: number | null;
  first_seen_at: number;
  observed_at: number;
  incident: number | null;
  because: string;
  /** Firing, and for now nobody is told: `silence:ID`, `maintenance:N`, or `route`. */
  quiet_by: string | null;
  /** Resolved, but it flaps: it counts as firing until then. */
  held_until: number | null;
  /** When it was heard to fire anew of late, as JSON. */
  fired: Json | null;
  /** Firing until then, unless it is said again. */
  expires_at: number | null;
  /** Firing, and its sender tells of it in this group. */
  group_key: string | null;
};

/** Why an alert did what it did: append-only, one row for each decision that is not a repeat. */
export type AlertDecisionTable = {
  id: Generated<number>;
  key: string;
  at: number;
  did: string;
  because: string;
  incident: number | null;
};

export type SilenceTable = {
  id: string;
  matchers: Json;
  starts_at: number;
  ends_at: number;
  repeats: Json | null;
  reason: string;
  created_by: Json;
  created_at: number;
  updated_at: number;
};

export type SourceStateTable = {
  source: string;
  state: Uint8Array | null;
  looked_at: number | null;
  ok_at: number | null;
  failing_since: number | null;
  reason: string | null;
  blind: Flag;
};

/** Signs of life of somebody's jobs, as they came. */
export type PingTable = {
  id: Generated<number>;
  source: string;
  at: number;
  said: "success" | "fail" | "start";
  exit_code: number | null;
  log: string;
  /** 1 when its source has seen it. */
  taken: Flag;
};

/** What monitors saw, packed. `level`: 0 stretches, 1 minutes, 2 hours, 3 days. */
export type ObservedTable = {
  source: string;
  /** The hour in which it was seen. */
  at: number;
  data: Uint8Array;
};

export type SampleTable = {
  source: string;
  /** Empty for what is about none. */
  component: string;
  level: number;
  /** When the row begins. */
  at: number;
  data: Uint8Array;
  /** 0 for an hour of which no buckets were made yet. */
  rolled: Flag;
};

export type IncidentTable = {
  id: string;
  number: number;
  code: string;
  version: number;
  state: string;
  visibility: string;
  /** 1 while it is not over: what correlation and the page ask for. */
  open: Flag;
  started_at: number;
  detected_at: number;
  resolved_at: number | null;
  updated_at: number;
  body: Json;
};

export type IncidentEventTable = {
  incident: number;
  n: number;
  at: number;
  actor: Json;
  kind: string;
  body: Json;
};

export const deliveryStatuses = ["pending", "claimed", "sent", "dead", "dropped"] as const;

export type DeliveryTable = {
  id: Generated<number>;
  kind: "channel" | "publisher";
  /** The id of the channel or the publish target. */
  target: string;
  /** Order is kept per target and subject; a publisher keeps one row for each. */
  subject: string;
  /** `target/subject` for a publisher, whose newest wish takes the place of older ones; NULL for a message. */
  slot: string | null;
  wish: number;
  status: (typeof deliveryStatuses)[number];
  priority: "page" | "news";
  /** The message; NULL for a publisher, whose view is loaded when it is sent. */
  message: Json | null;
  attempts: number;
  created_at: number;
  due_at: number;
  claimed_by: string | null;
  claimed_wish: number | null;
  possibly_repeated: Flag;
  ref: string | null;
  settled_at: number | null;
  reason: string | null;
};

/** `owner`: one term of one process, never used again. */
export type LeaseTable = { name: string; owner: string; until: number };

/** A row for each process that shares the database, renewed while it lives. */
export type ReplicaTable = {
  owner: string;
  started_at: number;
  seen_at: number;
  version: string;
  /** A digest of its config. */
  config: string;
  /** The revision of its config; null when it has none, or leaves the engine to others. */
  revision: number | null;
};

/** When each component was first in the config, for Statuspage's `created_at`. */
export type ComponentSeenTable = {
  id: string;
  code: string;
  first_seen_at: number;
  /** When an incident last changed something about it in public. */
  changed_at: number | null;
};

/** What watchers opened while the origin was silent, and the incident that each became. */
export type AdoptionTable = { id: string; incident: number; at: number };

/** What can be found of a public incident: its words in small letters, made anew when its version is another. */
export type IncidentTextTable = { number: number; version: number; text: string };

export type MaintenanceTable = {
  id: string;
  number: number;
  code: string;
  version: number;
  /** What was carried out so far; the clock may be ahead of it. */
  state: string;
  /** 1 while it is planned or going on. */
  open: Flag;
  starts_at: number;
  ends_at: number;
  updated_at: number;
  /** The series that it belongs to, and the time on the wall for which it was made. */
  series: number | null;
  occurrence: number | null;
  body: Json;
};

/** What upstreams plan, until the team makes something of it. */
export type MaintenanceDraftTable = {
  number: number;
  source: string;
  /** Their name for it. */
  entry: string;
  version: number;
  open: Flag;
  updated_at: number;
  body: Json;
};

export type MaintenanceSeriesTable = {
  id: string;
  number: number;
  version: number;
  /** 1 while windows are made of it. */
  open: Flag;
  made_until: number;
  updated_at: number;
  body: Json;
};

/** What somebody changed, such as a deploy: for "what changed?". */
export type ChangeTable = {
  id: Generated<number>;
  at: number;
  said: string;
  component: string | null;
  link: string | null;
  actor: Json;
  created_at: number;
};

export type TokenTable = {
  name: string;
  /** SHA-256 of the whole token; the token itself is nowhere. */
  hash: string;
  scopes: Json;
  person: string | null;
  created_by: Json;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
};

/** What was answered under an Idempotency-Key. */
export type AnswerTable = {
  caller: string;
  key: string;
  /** Hash of the request; another one under the same key is refused. */
  request: string;
  /** NULL only inside the transaction that does what was asked. */
  answer: Json | null;
  at: number;
};

/** Which components an incident or a window is about; "" of what is about none. */
type ConcernTable = {
  kind: "incident" | "maintenance";
  number: number;
  component: string;
};

/** An entry of another status page: `cstate/2024-01-09-outage`, and what it became. */
export type ImportedTable = {
  key: string;
  kind: "incident" | "maintenance";
  number: number;
  /** Of what it said when it came: another one is an entry that changed there since. */
  stamp: string;
  at: number;
};

/** Where something could be read before: no slash at the front or the end, small letters. */
export type RedirectTable = { path: string; kind: "incident" | "maintenance"; number: number };

/** A public surface as the auditor saw it last. */
export type SurfaceTable = {
  name: string;
  status: "equal" | "differs" | "unreachable";
  what: string | null;
  since: number | null;
  looked_at: number;
  equal_at: number | null;
  reached_at: number | null;
  told_at: number | null;
  restored_at: number | null;
  restored: string | null;
};

export type Schema = {
  record: RecordTable;
  inbox: InboxTable;
  alerts: AlertTable;
  alert_decisions: AlertDecisionTable;
  silences: SilenceTable;
  source_states: SourceStateTable;
  pings: PingTable;
  observed_times: ObservedTable;
  samples: SampleTable;
  incidents: IncidentTable;
  adoptions: AdoptionTable;
  incident_events: IncidentEventTable;
  deliveries: DeliveryTable;
  leases: LeaseTable;
  replicas: ReplicaTable;
  components_seen: ComponentSeenTable;
  incident_texts: IncidentTextTable;
  maintenances: MaintenanceTable;
  concerns: ConcernTable;
  maintenance_series: MaintenanceSeriesTable;
  maintenance_drafts: MaintenanceDraftTable;
  changes: ChangeTable;
  tokens: TokenTable;
  answers: AnswerTable;
  imported: ImportedTable;
  redirects: RedirectTable;
  surfaces: SurfaceTable;
  subscribers: SubscriberTable;
  letters: LetterTable;
  fan_outs: FanOutTable;
};

export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
/** Stores take either as their first parameter. */
export type Reader = Db | Tx;
