// Every route of the API, asked well and badly. test/kit/api-desk.ts holds each answer against the OpenAPI document that is served.
import { askToSubscribe } from "../../src/engine/subscribe.ts";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { SeriesItem } from "../../src/http/series-contract.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../src/http/api/routes.ts";
import { giveUpOn, listDeliveries } from "../../src/delivery/delivery-store.ts";
import type { ComponentId, SourceId } from "../../src/config/names.ts";
import { hour, minute } from "../../src/lib/clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { emptyHour, grown } from "../../src/monitors/packed.ts";
import { appendPings } from "../../src/monitors/ping-store.ts";
import { writeHours } from "../../src/monitors/sample-store.ts";
import { allProblemCodes, problemCodes } from "../../src/http/problem-codes.ts";
import { apiDesk, type ApiDesk } from "../kit/api-desk.ts";
import { readFileSync } from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";

const complete = {
  title: "Copr is down",
  impact: { copr: "major_outage" },
  scope: "Builds fail.",
  affected: "All pull requests",
  alternatives: ["none known"],
  retrigger: "no",
  eta: "unknown",
};

let api: ApiDesk;
let admin: string;
beforeAll(async () => {
  api = await apiDesk();
  admin = await api.token("root", "admin");
});
afterAll(() => api[Symbol.asyncDispose]());

function numberIn(body: unknown): number {
  return Number(Reflect.get(Object(body), "number"));
}

async function opened(more: object = {}): Promise<number> {
  const made = await api.ask("POST", "/api/v1/incidents", { token: admin, body: { ...complete, ...more } });
  expect(made).toMatchObject({ status: 201, headers: { etag: expect.stringMatching(/^"\d+"$/u) } });
  return numberIn(made.body);
}

/** A command on a fresh incident; `first` are those that must come before it. */
function order(name: string, body: object, ...first: readonly string[]): () => Promise<void> {
  return async () => {
    const n = await opened();
    for (const each of first) await api.ask("POST", `/api/v1/incidents/${n}/${each}`, { token: admin });
    const done = await api.ask("POST", `/api/v1/incidents/${n}/${name}`, { token: admin, body });
    expect(done).toMatchObject({ status: 200, body: { number: n } });
    const none = await api.ask("POST", `/api/v1/incidents/999/${name}`, { token: admin, body });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
  };
}

/** A webhook that came and was not taken in; its id. */
async function kept(text: string): Promise<number> {
  const row = await api.desk.db
    .insertInto("inbox")
    .values({
      source: "hook",
      received_at: api.clock.now(),
      headers: "{}",
      body: Buffer.from(text),
      status: "rejected",
      reason: "not understood",
      done_at: api.clock.now(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

const lists = (path: string) => async () => {
  expect(await api.ask("GET", path, { token: admin })).toMatchObject({ status: 200, body: expect.any(Array) });
};

/** One for each route; without it the test below fails. */
const exercises: Readonly<Record<string, () => Promise<void>>> = {
  "GET /api/v1/incidents": lists("/api/v1/incidents?open=true&since=-1d&component=copr"),
  "POST /api/v1/incidents": async () => void (await opened({ publish: true, started: "-45m" })),
  "GET /api/v1/incidents/{number}": async () => {
    const n = await opened({ publish: true });
    const shown = await api.ask("GET", `/api/v1/incidents/${n}`, { token: admin });
    expect(shown).toMatchObject({ status: 200, body: { number: n, visibility: "published" } });
  },
  "POST /api/v1/incidents/{number}/ack": order("ack", { for: "2h" }),
  "POST /api/v1/incidents/{number}/take": order("take", {}),
  "POST /api/v1/incidents/{number}/publish": order("publish", { text: "We are looking into it." }),
  "POST /api/v1/incidents/{number}/update": order("update", { text: "Found it.", phase: "identified" }, "publish"),
  "POST /api/v1/incidents/{number}/resolve": order("resolve", { text: "Over." }, "publish"),
  "GET /api/v1/incidents/{number}/preview": async () => {
    const n = await opened({});
    const seen = await api.ask("GET", `/api/v1/incidents/${n}/preview`, { token: admin });
    expect(seen).toMatchObject({ status: 200, body: { wait_s: 20, told: [{ target: "team", audience: "team" }] } });
  },
  "POST /api/v1/incidents/{number}/undo": async () => {
    const n = await opened({ publish: true });
    // This desk has no channel of users: nothing waits, so nothing can be taken back.
    const refused = await api.ask("POST", `/api/v1/incidents/${n}/undo`, { token: admin, body: {} });
    expect(refused).toMatchObject({ status: 409, body: { code: "illegal" } });
  },
  "POST /api/v1/incidents/{number}/dismiss": order("dismiss", { reason: "a test", hold: "12h" }),
  "POST /api/v1/incidents/{number}/reopen": order("reopen", {}, "publish", "resolve"),
  "POST /api/v1/incidents/{number}/revise": order("revise", { update: 1, text: "Better words." }, "publish"),
  "POST /api/v1/incidents/{number}/postmortem": order("postmortem", { text: "A disk." }, "publish", "resolve"),
  "POST /api/v1/incidents/{number}/note": order("note", { text: "psst" }),
  "POST /api/v1/incidents/{number}/ask": order("ask", { text: "who?" }),
  "POST /api/v1/incidents/{number}/edit": order("edit", { title: "Copr fails", impact: { api: "partial_outage" } }),
  "POST /api/v1/incidents/{number}/merge": async () => {
    const [n, into] = [await opened(), await opened()];
    const done = await api.ask("POST", `/api/v1/incidents/${n}/merge`, { token: admin, body: { into } });
    expect(done).toMatchObject({ status: 200, body: { merged_into: into } });
  },
  "GET /api/v1/components": async () => {
    const { body } = await api.ask("GET", "/api/v1/components", { token: admin });
    expect(body).toMatchObject([
      { id: "api", group: null },
      { id: "copr", name: "Copr builds" },
    ]);
  },
  "GET /api/v1/monitors": async () => {
    const { body } = await api.ask("GET", "/api/v1/monitors?limit=1", { token: admin });
    expect(body).toMatchObject([{ source: "nightly", component: "api", blind: false, last_day: { coverage: 0, uptime: null } }]); // prettier-ignore
  },
  "GET /api/v1/monitors/{name}": async () => {
    const at = api.clock.now();
    await appendPings(api.desk.db, [{ source: brand<SourceId>("nightly"), at, said: "fail", exitCode: 3, log: "a\u0000b\nc" }]); // prettier-ignore
    const shown = await api.ask("GET", "/api/v1/monitors/nightly", { token: admin });
    expect(shown).toMatchObject({ status: 200, body: { pings: [{ said: "fail", exit_code: 3, log: "ab\nc" }] } });
    const none = await api.ask("GET", "/api/v1/monitors/nightyl", { token: admin });
    expect(none).toMatchObject({ status: 404, body: { detail: expect.stringContaining('did you mean "nightly"?') } });
  },
  "GET /api/v1/monitors/{name}/samples": async () => {
    const at = Math.floor(api.clock.now() / hour - 2) * hour;
    let open = emptyHour(at);
    for (let n = 0; n < 60; n++)
      open = grown(open, { from: at + n * minute, ms: minute, up: n % 6 !== 0, tookMs: 10 + n });
    await writeHours(api.desk.db, [{ source: brand<SourceId>("nightly"), component: brand<ComponentId>("api"), open }]);
    const told = await api.ask("GET", "/api/v1/monitors/nightly/samples?from=-1d&step=1h", { token: admin });
    expect(told).toMatchObject({
      status: 200,
      body: [
        {
          component: "api",
          step_seconds: 3_600,
          total: { up_seconds: 3_000, down_seconds: 600, uptime: 5 / 6 },
          buckets: [{ up_seconds: 3_000, down_seconds: 600, unknown_seconds: 0, took: { count: 60, min_ms: 10, max_ms: 69 }, jobs: null }], // prettier-ignore
        },
      ],
    });
    const wrong = ["step=1s", "step=90s", "from=-20d&step=5m", "from=-2d&step=1m", "from=10m", "from=soon"];
    for (const query of wrong) {
      const refused = await api.ask("GET", `/api/v1/monitors/nightly/samples?${query}`, { token: admin });
      expect([query, refused.status, refused.body]).toMatchObject([query, 400, { code: "bad-query" }]);
    }
    const none = await api.ask("GET", "/api/v1/monitors/hook/samples", { token: admin });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
  },
  "POST /api/v1/incidents/{number}/split": async () => {
    const done = await api.ask("POST", `/api/v1/incidents/${await opened()}/split`, {
      token: admin,
      body: { alerts: ["stranger"] },
    });
    expect(done).toMatchObject({ status: 422, body: { code: "unknown-name" } });
  },
  "GET /api/v1/alerts/why": async () => {
    const none = await api.ask("GET", "/api/v1/alerts/why?key=hook/none", { token: admin });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
  },
  "GET /api/v1/silences": lists("/api/v1/silences?all=true&limit=3"),
  "POST /api/v1/silences": async () => {
    const body = { matchers: ["component=copr", 'x=~"a|b"'], reason: "a test", for: "2h", hours: "Sat 02:00-04:00" };
    const made = await api.ask("POST", "/api/v1/silences", { token: admin, body });
    expect(made).toMatchObject({ status: 201, body: { state: "active", quiets: 0, matchers: body.matchers } });
    for (const wrong of [{ for: "2h", until: "12:00" }, {}, { for: "2h", matchers: ["x=~.*"] }, { for: "soon" }]) {
      const refused = await api.ask("POST", "/api/v1/silences", {
        token: admin,
        body: { matchers: ["component=copr"], reason: "a test", ...wrong },
      });
      expect(refused).toMatchObject({ status: 422, body: { code: "invalid" } });
    }
  },
  "POST /api/v1/silences/{id}/expire": async () => {
    const body = { matchers: ["component=copr"], reason: "a test", for: "2h" };
    const made = await api.ask("POST", "/api/v1/silences", { token: admin, body });
    const { id } = z.object({ id: z.string() }).parse(made.body);
    const path = `/api/v1/silences/${id.slice(-12)}/expire`;
    expect(await api.ask("POST", path, { token: admin })).toMatchObject({
      status: 200,
      body: { state: "expired", id },
    });
    expect(await api.ask("POST", path, { token: admin })).toMatchObject({ status: 409, body: { code: "illegal" } });
    const none = await api.ask("POST", "/api/v1/silences/none/expire", { token: admin });
    expect(none).toMatchObject({ status: 404 });
  },
  "GET /api/v1/alerts": lists("/api/v1/alerts?firing=true&component=copr&source=hook&incident=1"),
  "GET /api/v1/deliveries": lists("/api/v1/deliveries?waiting=true&status=pending&target=team"),
  "GET /api/v1/inbox": lists("/api/v1/inbox?source=hook&rejected=true&since=-1d&until=2030-01-01&limit=3"),
  "GET /api/v1/inbox/export": async () => {
    await kept("an export");
    const done = await api.ask("GET", "/api/v1/inbox/export?source=hook&since=-1d", { token: admin });
    const webhooks = expect.arrayContaining([expect.objectContaining({ body: "an export" })]);
    expect(done).toMatchObject({ status: 200, body: { webhooks, next: null } });
  },
  "GET /api/v1/inbox/{id}": async () => {
    const id = await kept("not JSON");
    const shown = await api.ask("GET", `/api/v1/inbox/${id}`, { token: admin });
    expect(shown).toMatchObject({ status: 200, body: { id, status: "rejected", body: "not JSON" } });
    const none = await api.ask("GET", "/api/v1/inbox/999", { token: admin });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
  },
  "POST /api/v1/inbox/replay": async () => {
    const body = { source: "hook", rejected: true, since: "-1h" };
    const done = await api.ask("POST", "/api/v1/inbox/replay", { token: admin, body });
    expect(done).toMatchObject({ status: 200, body: { webhooks: expect.any(Number), next: null } });
    const wrong = await api.ask("POST", "/api/v1/inbox/replay", { token: admin, body: { since: "yesterday" } });
    expect(wrong).toMatchObject({ status: 422, body: { code: "invalid" } });
  },
  "POST /api/v1/channels/{name}/test": async () => {
    const asked = api.ask("POST", "/api/v1/channels/team/test", { token: admin, body: { text: "Hear me?" } });
    // No engine runs here: nobody sends it, so it is given up.
    const { db, clock } = api.desk;
    let given = false;
    while (!given) {
      const waiting = await listDeliveries(db, { limit: 20 });
      const line = waiting.find(({ message }) => message?.text === "Hear me?");
      if (line !== undefined) given = await giveUpOn(db, line.id, "nobody is there", clock.now());
      await breathe();
    }
    const body = { channel: "team", sent: false, attempts: 0, reason: "nobody is there" };
    expect(await asked).toMatchObject({ status: 200, body });
    const wrong = await api.ask("POST", "/api/v1/channels/taem/test", { token: admin });
    expect(wrong).toMatchObject({ status: 422, body: { code: "unknown-name" } });
  },
  "POST /api/v1/publish": async () => {
    const done = await api.ask("POST", "/api/v1/publish", { token: admin });
    expect(done).toMatchObject({ status: 200, body: { targets: ["folder"] } });
  },
  "GET /api/v1/maintenance": lists("/api/v1/maintenance?open=true&limit=3"),
  "POST /api/v1/maintenance": async () => {
    await planned({ from: "11:00", for: undefined, to: "13:00", text: "Builds wait." });
    for (const [more, code] of [
      [{ components: ["cpor"] }, "unknown-name"],
      [{ for: undefined }, "invalid"],
      [{ to: "13:00" }, "invalid"],
      [{ for: "31d", components: ["copr"] }, "invalid"],
      [{ for: "367d" }, "invalid"],
    ] as const) {
      const body = { title: "X", for: "2h", ...more };
      const refused = await api.ask("POST", "/api/v1/maintenance", { token: admin, body });
      expect(refused).toMatchObject({ status: 422, body: { code } });
    }
  },
  "GET /api/v1/maintenance/{number}": async () => {
    const n = await planned();
    const shown = await api.ask("GET", `/api/v1/maintenance/${n}`, { token: admin });
    expect(shown).toMatchObject({ status: 200, body: { number: n, state: "in_progress", components: ["copr"] } });
  },
  "POST /api/v1/maintenance/{number}/extend": async () =>
    maintenanceOrder("extend", { for: "30m" }, { to: "2026-11-22T12:30:00Z" })(),
  "POST /api/v1/maintenance/{number}/update": async () => maintenanceOrder("update", { text: "Half is done." }, {})(),
  "POST /api/v1/maintenance/{number}/complete": async () =>
    maintenanceOrder("complete", {}, { state: "completed", ended: "2026-11-22T10:00:00Z" })(),
  "POST /api/v1/maintenance/{number}/cancel": async () =>
    maintenanceOrder("cancel", { text: "Not today." }, { state: "canceled" })(),
  "POST /api/v1/maintenance/{number}/edit": async () =>
    maintenanceOrder("edit", { title: "Copr moves house", components: ["api"] }, { components: ["api"] })(),
  "GET /api/v1/maintenance/series": lists("/api/v1/maintenance/series?open=true"),
  "POST /api/v1/maintenance/series": async () => {
    const tried = await repeating({ dry_run: true });
    expect(tried).toMatchObject({
      status: 200,
      body: { number: null, words: "every week on Sunday at 02:30 (Prague)" },
    });
    expect(await repeating({})).toMatchObject({ status: 201, body: { state: "running" } });
    for (const [more, detail] of [
      [{ repeat: "FREQ=WEEKLI" }, /did you mean "WEEKLY"/u],
      [{ repeat: "FREQ=SECONDLY" }, /too often/u],
      [{ repeat: "FREQ=DAILY", for: "30h" }, /each lasts 1 d 6 h/u],
      [{ zone: "Europe/Pragu" }, /did you mean "Europe\/Prague"/u],
      [{ starts: "2026-11-30T02:30" }, /it would start at 2026-12-06T02:30/u],
      [{ starts: "2026-11-29T02:30Z" }, /its zone stands beside it/u],
      [{ except: ["2026-12-05T02:30"] }, /the nearest are 2026-12-06T02:30/u],
    ] as const) {
      const refused = await repeating(more);
      expect(refused).toMatchObject({ status: 422, body: { code: "invalid", detail: expect.stringMatching(detail) } });
    }
  },
  "GET /api/v1/maintenance/series/{number}": async () => {
    const { number } = SeriesItem.parse((await repeating({})).body);
    const shown = await api.ask("GET", `/api/v1/maintenance/series/${number}`, { token: admin });
    expect(shown).toMatchObject({ status: 200, body: { number, state: "running" } });
  },
  "POST /api/v1/maintenance/series/{number}/skip": seriesOrder(
    "skip",
    { starts: "2026-12-06T02:30" },
    { except: ["2026-12-06T02:30"] },
  ),
  "POST /api/v1/maintenance/series/{number}/also": seriesOrder(
    "also",
    { starts: "2026-12-08T02:30" },
    { also: ["2026-12-08T02:30"] },
  ),
  "POST /api/v1/maintenance/series/{number}/end": seriesOrder(
    "end",
    { text: "No more." },
    { state: "ended", next: [] },
  ),
  "GET /api/v1/maintenance/drafts": lists("/api/v1/maintenance/drafts?open=true"),
  "POST /api/v1/maintenance/drafts/{number}/accept": async () => {
    const path = "/api/v1/maintenance/drafts/999/accept";
    const none = await api.ask("POST", path, { token: admin, body: { for: "2h" } });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
    const wrong = await api.ask("POST", path, { token: admin, body: { for: "soon" } });
    expect(wrong).toMatchObject({ status: 422, body: { code: "invalid" } });
  },
  "POST /api/v1/maintenance/drafts/{number}/dismiss": async () => {
    const path = "/api/v1/maintenance/drafts/999/dismiss";
    const none = await api.ask("POST", path, { token: admin, body: {} });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
  },
  "GET /api/v1/changes": lists("/api/v1/changes?component=copr&limit=3"),
  "POST /api/v1/changes": async () => {
    const token = await api.token("deployer", "changes");
    const body = { text: "deployed v1.2.3", component: "copr", link: "https://example.org/1", at: "-15m" };
    const made = await api.ask("POST", "/api/v1/changes", { token, body });
    expect(made).toMatchObject({ status: 201, body: { at: "2026-11-22T09:45:00Z", component: "copr" } });
    const later = await api.ask("POST", "/api/v1/changes", { token, body: { text: "x", at: "2030-01-01" } });
    expect(later).toMatchObject({ status: 422, body: { code: "invalid" } });
  },
  "GET /api/v1/subscribers": lists("/api/v1/subscribers?state=unconfirmed&limit=3"),
  "POST /api/v1/subscribers/erase": async () => {
    const asking = { kind: "email", address: "gone@example.com", components: [], least: "maintenance" } as const;
    await askToSubscribe({ ...api.desk, subscriptions: { kinds: ["email"], most: 10, inside: [] } }, asking);
    const listed = await api.ask("GET", "/api/v1/subscribers", { token: admin });
    expect(listed.body).toMatchObject([{ address: "gone@example.com", state: "unconfirmed", confirmed: null }]);
    const erase = { token: admin, body: { address: "Gone@Example.com" } };
    expect(await api.ask("POST", "/api/v1/subscribers/erase", erase)).toMatchObject({
      status: 200,
      body: { erased: 1 },
    });
    expect(await api.ask("POST", "/api/v1/subscribers/erase", erase)).toMatchObject({ status: 404 });
  },
  "GET /api/v1/watch": async () => {
    const token = await api.token("helsinki", "watch");
    const { body, text } = await api.ask("GET", "/api/v1/watch", { token });
    expect(body).toMatchObject({
      people: [{ id: "alice", name: "Alice", irc: null }, { id: "bob" }],
      roles: [{ id: "boss", timeline: [{ people: ["bob"], hours: 336, because: expect.stringContaining("boss") }] }],
    });
    expect(JSON.parse(String(Reflect.get(Object(body), "public")))).toMatchObject({ site: { name: "Packit" } });
    expect(text).not.toContain("hook-token");
    expect(await api.ask("GET", "/api/v1/incidents", { token })).toMatchObject({ status: 403 });
  },
  "POST /api/v1/watch/back": async () => {
    const done = await api.ask("POST", "/api/v1/watch/back", { token: admin });
    expect(done).toMatchObject({ status: 200, body: { targets: ["folder"] } });
  },
  "GET /api/v1/archive": async () => {
    await opened({ publish: true });
    const ask = (query: string) => api.ask("GET", `/api/v1/archive?part=${query}`, { token: admin });
    const first = await ask("incidents&limit=1");
    expect(first).toMatchObject({ status: 200, body: { next: expect.any(Number) } });
    expect(first.text).toContain('"kind":"opened"');
    for (const part of ["record", "components", "maintenances", "changes", "adoptions", "imported", "redirects"])
      expect(await ask(part)).toMatchObject({ status: 200, body: { part } });
    expect(await ask("tokens")).toMatchObject({ status: 400, body: { code: "bad-query" } });
  },
  "POST /api/v1/archive": async () => {
    const { body } = await api.ask("GET", "/api/v1/archive?part=incidents&limit=1", { token: admin });
    const [item]: readonly object[] = Reflect.get(Object(body), "items");
    const send = (one: object) => api.ask("POST", "/api/v1/archive", { token: admin, body: { part: "incidents", items: [one] } }); // prettier-ignore
    expect(await send(item ?? {})).toMatchObject({ status: 200, body: { added: 0, there: 1 } });
    const [first, ...rest]: readonly object[] = Reflect.get(Object(item), "timeline");
    expect(await send({ ...item, timeline: [{ ...first, id: "another" }, ...rest] })).toMatchObject({ status: 409, body: { code: "conflict" } }); // prettier-ignore
    expect(await send({ ...item, timeline: [] })).toMatchObject({ status: 422, body: { code: "invalid" } });
  },
  "GET /api/v1/export": async () => {
    for (const form of ["cstate", "statuspage"])
      expect(await api.ask("GET", `/api/v1/export?form=${form}`, { token: admin })).toMatchObject({ status: 200, body: { files: expect.any(Array) } }); // prettier-ignore
  },
  "POST /api/v1/imports": async () => {
    const entry = { key: "a", kind: "incident", title: "Old", started: "2024-01-09T14:00:00Z", ended: "2024-01-09T15:00:00Z", impact: { copr: "major_outage" }, old_paths: ["/issues/a/"] }; // prettier-ignore
    const send = async (more: object, about: object = {}) =>
      api.ask("POST", "/api/v1/imports", {
        token: admin,
        body: { from: "cstate", entries: [{ ...entry, ...more }], ...about },
      });
    expect(await send({}, { dry_run: true })).toMatchObject({ status: 200, body: [{ number: null, was: "added" }] });
    const came = await send({});
    expect(came).toMatchObject({ status: 200, body: [{ key: "a", was: "added", taken: [] }] });
    expect(await send({})).toMatchObject({ status: 200, body: [{ was: "there" }] });
    expect(await send({ title: "New" })).toMatchObject({ status: 200, body: [{ was: "changed" }] });
    expect(await send({ impact: { cpor: "major_outage" } })).toMatchObject({ status: 422, body: { code: "unknown-name" } }); // prettier-ignore
    for (const wrong of [
      { started: "2031-01-01T00:00:00Z", ended: undefined },
      { ended: "2024-01-09T13:00:00Z" },
      { kind: "maintenance", ended: undefined },
    ])
      // prettier-ignore
      expect(await send(wrong)).toMatchObject({ status: 422, body: { code: "invalid" } });
  },
  "GET /api/v1/tokens": lists("/api/v1/tokens"),
  "POST /api/v1/tokens": async () => {
    const asked = { name: "bot", scopes: ["read"], expires: "90d", person: "bob" };
    const made = await api.ask("POST", "/api/v1/tokens", { token: admin, body: asked });
    expect(made).toMatchObject({ status: 201, body: { name: "bot", person: "bob", expires: "2027-02-20T10:00:00Z" } });
  },
  "POST /api/v1/tokens/{name}/revoke": async () => {
    await api.token("gone", "read");
    const done = await api.ask("POST", "/api/v1/tokens/gone/revoke", { token: admin });
    expect(done).toMatchObject({ status: 200, body: { name: "gone", revoked: "2026-11-22T10:00:00Z" } });
  },
};

async function planned(more: object = {}): Promise<number> {
  const body = { title: "Copr moves", components: ["copr"], for: "2h", ...more };
  const made = await api.ask("POST", "/api/v1/maintenance", { token: admin, body });
  expect(made).toMatchObject({ status: 201, headers: { etag: expect.stringMatching(/^"\d+"$/u) } });
  return numberIn(made.body);
}

/** An order on a window that goes on. */
/** Europe/Prague is the zone of the site. */
function repeating(more: object): ReturnType<ApiDesk["ask"]> {
  const body = {
    title: "Nightly work",
    components: ["copr"],
    starts: "2026-11-29T02:30",
    for: "2h",
    repeat: "FREQ=WEEKLY;BYDAY=SU",
    zone: "Europe/Prague",
    ...more,
  };
  return api.ask("POST", "/api/v1/maintenance/series", { token: admin, body });
}

function seriesOrder(name: string, body: object, after: object): () => Promise<void> {
  return async () => {
    const { number } = SeriesItem.parse((await repeating({})).body);
    const path = `/api/v1/maintenance/series/${number}/${name}`;
    expect(await api.ask("POST", path, { token: admin, body })).toMatchObject({ status: 200, body: after });
  };
}

function maintenanceOrder(name: string, body: object, after: object): () => Promise<void> {
  return async () => {
    const n = await planned();
    const done = await api.ask("POST", `/api/v1/maintenance/${n}/${name}`, { token: admin, body });
    expect(done).toMatchObject({ status: 200, body: { number: n, ...after } });
    const none = await api.ask("POST", `/api/v1/maintenance/999/${name}`, { token: admin, body });
    expect(none).toMatchObject({ status: 404, body: { code: "not-found" } });
    const stale = await api.ask("POST", `/api/v1/maintenance/${n}/${name}`, {
      token: admin,
      body,
      headers: { "if-match": '"1"' },
    });
    expect(stale).toMatchObject({ status: 412, body: { code: "version-mismatch" } });
  };
}

const named = routes.map((route) => ({ route, name: `${route.method} ${route.path}` }));
const addressOf = (path: string): string => path.replaceAll(/\{(number|id)\}/gu, "1").replaceAll("{name}", "root");

describe("every route", () => {
  test("has an exercise, and every exercise a route", () => {
    expect(Object.keys(exercises).toSorted()).toEqual(named.map(({ name }) => name).toSorted());
  });

  test.each(Object.keys(exercises))("answers what the document says: %s", async (name) => exercises[name]?.());

  test.each(named)("$name wants a token, and one with its scope", async ({ route }) => {
    const path = addressOf(route.path);
    const nobody = await api.ask(route.method, path, { body: route.method === "POST" ? {} : undefined });
    expect(nobody).toMatchObject({
      status: 401,
      body: { code: "unauthorized" },
      headers: { "www-authenticate": 'Bearer realm="tocsin"' },
    });
    const weak = await api.token(
      `weak-${named.findIndex((each) => each.route === route)}`,
      route.scope === "changes" ? "read" : "changes",
    );
    const refused = await api.ask(route.method, path, { token: weak });
    expect(refused).toMatchObject({
      status: 403,
      body: { code: "forbidden", detail: expect.stringContaining(`"${route.scope}"`) },
      headers: { "www-authenticate": expect.stringContaining(`scope="${route.scope}"`) },
    });
  });

  test.each(named)("$name refuses an unknown key of the query, and names the nearest", async ({ route }) => {
    const known = Object.keys(route.query.shape)[0] ?? "limit";
    const answer = await api.ask(route.method, `${addressOf(route.path)}?${known}x=1`, { token: admin });
    expect(answer).toMatchObject({ status: 400, body: { code: "bad-query" } });
    if (route.query.shape[known] !== undefined) expect(answer.text).toContain(`did you mean \\"${known}\\"?`);
  });

  test.each(named.filter(({ route }) => route.method === "POST"))(
    "$name takes no body that it does not know",
    async ({ route }) => {
      const path = addressOf(route.path);
      for (const body of ["[]", '"x"', "null1", "{", '{"__proto__":{"x":1}}', '{"surprise":1}', "[".repeat(5_000)]) {
        const headers = { "content-type": "application/json" };
        const answer = await api.ask("POST", path, { token: admin, body, headers });
        expect([400, 422]).toContain(answer.status);
      }
      const huge = await api.ask("POST", path, {
        token: admin,
        body: { text: "x".repeat((route.bodyLimit ?? 1_048_576) + 50_000) },
      });
      expect(huge).toMatchObject({ status: 413, body: { code: "too-large" } });
      const form = { "content-type": "application/x-www-form-urlencoded" };
      expect(await api.ask("POST", path, { token: admin, body: "a=1", headers: form })).toMatchObject({ status: 415 });
    },
  );
});

describe("the document", () => {
  test("is valid OpenAPI 3.1, is public, and names every route and no other", async () => {
    const served = await api.get("/api/openapi.json");
    expect(served).toMatchObject({ status: 200, type: "application/json; charset=utf-8" });
    const document: { paths: Record<string, object> } = JSON.parse(served.text);
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(told.toSorted()).toEqual(named.map(({ name }) => name).toSorted());
  });

  test("has a page for people, which names every route and every code", async () => {
    const { status, text, type } = await api.get("/api/docs");
    expect([status, type]).toEqual([200, "text/html; charset=utf-8"]);
    for (const { route } of named) expect(text).toContain(`<code>${route.method} ${route.path}</code>`);
    for (const code of allProblemCodes) expect(text).toContain(`id="${code}"`);
  });
});

describe("the list of codes", () => {
  test("is the one that docs/api.md explains", () => {
    const lines = readFileSync("docs/api.md", "utf8").matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gmu);
    const told = [...lines].map(([, code, status]) => `${code} ${status}`);
    expect(told.toSorted()).toEqual(allProblemCodes.map((code) => `${code} ${problemCodes[code].status}`).toSorted());
  });
});
