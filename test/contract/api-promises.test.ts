// What the API promises on every route alike: tokens, keys that make sending again safe, versions, pages; on both databases.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { day, hour, minute } from "../../src/lib/clock.ts";
import { apiDesk, type ApiDesk, type Asking, type Heard } from "../kit/api-desk.ts";
import { onEachDatabase } from "../kit/database.ts";

const draft = { title: "Copr is down", impact: { copr: "major_outage" } };
const path = "/api/v1/incidents";

function listed(heard: Heard): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(heard.body) ? heard.body : expect.fail(`no list: ${heard.text}`);
}

onEachDatabase("the API", (database) => {
  let api: ApiDesk;
  let admin: string;
  beforeAll(async () => {
    api = await apiDesk(database);
    admin = await api.token("root", "admin");
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const open = (asking: Asking = {}): Promise<Heard> => api.ask("POST", path, { token: admin, body: draft, ...asking });
  const numberOf = (heard: Heard): number => Number(Reflect.get(Object(heard.body), "number"));
  const count = async (): Promise<number> =>
    (
      await api.desk.db
        .selectFrom("incidents")
        .select((is) => is.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow()
    ).n;

  describe("a token", () => {
    test("is found only as its hash, and is shown once", async () => {
      const token = await api.token("shown-once", "read");
      const rows = await api.desk.db.selectFrom("tokens").selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(token.slice(-48));
      expect((await api.ask("GET", "/api/v1/tokens", { token: admin })).text).not.toContain(token.slice(-48));
    });

    test("acts under its own name, or as the person it was made for", async () => {
      const asAlice = await api.ask("POST", "/api/v1/tokens", {
        token: admin,
        body: { name: "alices-laptop", scopes: ["respond"], person: "alice" },
      });
      const theirs = /"token":"([^"]+)"/u.exec(asAlice.text)?.[1] ?? "";
      expect((await open()).body).toMatchObject({ timeline: [{ by: { kind: "token", id: "root" } }] });
      expect((await open({ token: theirs })).body).toMatchObject({
        timeline: [{ by: { kind: "person", id: "alice" } }],
      });
    });

    test("notes its use at most once a minute, ends when it expires, and when it is revoked", async () => {
      const made = await api.ask("POST", "/api/v1/tokens", {
        token: admin,
        body: { name: "short-lived", scopes: ["read"], expires: "2h" },
      });
      const token = /"token":"([^"]+)"/u.exec(made.text)?.[1] ?? "";
      const used = async (): Promise<unknown> =>
        (
          await api.desk.db
            .selectFrom("tokens")
            .select("last_used_at")
            .where("name", "=", "short-lived")
            .executeTakeFirst()
        )?.last_used_at;
      const asked = async (): Promise<Heard> => api.ask("GET", path, { token });
      const first = api.clock.now();
      expect([(await asked()).status, await used()]).toEqual([200, first]);
      await api.clock.advance(minute - 1);
      expect([(await asked()).status, await used()]).toEqual([200, first]);
      await api.clock.advance(1);
      expect([(await asked()).status, await used()]).toEqual([200, first + minute]);
      await api.clock.advance(2 * hour);
      expect(await asked()).toMatchObject({ status: 401, body: { detail: expect.stringContaining("expired") } });
      const gone = await api.token("revoked", "read");
      expect((await api.ask("GET", path, { token: gone })).status).toBe(200);
      await api.ask("POST", "/api/v1/tokens/revoked/revoke", { token: admin });
      expect(await api.ask("GET", path, { token: gone })).toMatchObject({
        status: 401,
        body: { detail: "the token was revoked" },
      });
      const again = await api.ask("POST", "/api/v1/tokens", {
        token: admin,
        body: { name: "revoked", scopes: ["read"] },
      });
      expect(again).toMatchObject({ status: 409, body: { code: "name-taken" } });
    });

    test.each([
      ["", "Bearer "],
      ["of another scheme", "Basic dG9jc2lu"],
      ["with a quote in it", `Bearer tocsin_root'--_${"0".repeat(48)}`],
      ["with the right name and a wrong secret", `Bearer tocsin_root_${"0".repeat(48)}`],
      ["that is endless", `Bearer tocsin_root_${"0".repeat(10_000)}`],
      ["with words behind it", `Bearer tocsin_root_${"0".repeat(48)} and more`],
    ])("%s that is none is a 401 that says nothing of what it was", async (what, authorization) => {
      const answer = await api.ask("GET", path, { headers: { authorization }, address: `198.51.100.${what.length}` });
      expect(answer).toMatchObject({ status: 401, body: { detail: "the token is wrong" } });
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="tocsin", error="invalid_token"');
    });

    test("in the address is none, and is not taken", async () => {
      expect((await api.ask("GET", `${path}?access_token=${admin}`)).status).toBe(401);
      expect(await api.ask("GET", `${path}?token=${admin}`, { token: admin })).toMatchObject({ status: 400 });
    });

    test("that is guessed is slowed down by address; one that worked from there goes on", async () => {
      const [guess, known] = [`tocsin_root_${"1".repeat(48)}`, await api.token("behind-the-proxy", "read")];
      const address = "203.0.113.7";
      const tries = async (token: string): Promise<Heard> => api.ask("GET", path, { token, address });
      expect((await tries(known)).status).toBe(200);
      const statuses = [];
      for (let i = 0; i < 12; i++) statuses.push((await tries(guess)).status);
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
      expect(Number((await tries(guess)).headers["retry-after"])).toBeGreaterThan(0);
      expect((await tries(known)).status).toBe(200);
      expect((await api.ask("GET", path, { token: guess, address: "203.0.113.8" })).status).toBe(401);
      await api.clock.advance(minute);
      expect((await tries(guess)).status).toBe(401);
    });
  });

  describe("a request with an Idempotency-Key", () => {
    const key = (name: string): Asking => ({ headers: { "idempotency-key": name } });

    test("is done once; the same again gets the same answer, which says so", async () => {
      const before = await count();
      const [first, second] = [await open(key("a-1")), await open(key("a-1"))];
      expect([first.status, first.headers["idempotent-replayed"]]).toEqual([201, undefined]);
      expect([second.status, second.headers["idempotent-replayed"]]).toEqual([201, "true"]);
      expect([second.text, second.headers["etag"]]).toEqual([first.text, first.headers["etag"]]);
      expect(await count()).toBe(before + 1);
    });

    test("keeps a refusal too, and what was opened with it", async () => {
      const before = await count();
      const asking = { ...key("a-2"), body: { ...draft, publish: true } };
      const [first, second] = [await open(asking), await open(asking)];
      expect(first).toMatchObject({ status: 422, body: { code: "incomplete" } });
      expect([second.status, second.text, second.headers["idempotent-replayed"]]).toEqual([422, first.text, "true"]);
      expect(await count()).toBe(before + 1);
    });

    test("is refused when it is another request, and free for another token", async () => {
      await open(key("a-3"));
      const other = await open({ ...key("a-3"), body: { ...draft, title: "Another" } });
      expect(other).toMatchObject({ status: 422, body: { code: "key-reused" } });
      const elsewhere = await api.ask("POST", "/api/v1/publish", { token: admin, ...key("a-3") });
      expect(elsewhere).toMatchObject({ status: 422, body: { code: "key-reused" } });
      const stranger = await open({ ...key("a-3"), token: await api.token("stranger", "respond") });
      expect([stranger.status, stranger.headers["idempotent-replayed"]]).toEqual([201, undefined]);
    });

    test("that is being answered is a 409, and is done once", async () => {
      const before = await count();
      // SQLite has one connection: while it is held here, the first request waits for it.
      const [held, four] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const holding = api.desk.db.transaction().execute(() => held.promise);
      let answered = 0;
      const asked = Array.from({ length: 5 }, async () => {
        const heard = await api.askSocket("POST", path, { body: draft, ...key("a-4") });
        answered += 1;
        if (answered === 4) four.resolve();
        return heard;
      });
      await four.promise;
      held.resolve();
      await holding;
      const many = await Promise.all(asked);
      const statuses = many.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([201, 409, 409, 409, 409]);
      expect(many.find(({ status }) => status === 409)).toMatchObject({
        body: { code: "in-progress" },
        headers: { "retry-after": "1" },
      });
      expect(await count()).toBe(before + 1);
    });

    test("may be forgotten after a day", async () => {
      const first = await open(key("a-5"));
      await api.clock.advance(day + 1);
      const second = await open(key("a-5"));
      expect(numberOf(second)).toBe(numberOf(first) + 1);
    });

    test("that is no key, or whose answer would be a secret, is refused", async () => {
      for (const name of ["", "with space", "x".repeat(201), "ä"])
        expect(await open(key(name))).toMatchObject({ status: 400, body: { code: "bad-request" } });
      const secret = { token: admin, body: { name: "kept-secret", scopes: ["read"] }, ...key("a-6") };
      expect(await api.ask("POST", "/api/v1/tokens", secret)).toMatchObject({ status: 400 });
    });

    test("that was not well-formed was never begun: it may be mended", async () => {
      const wrong = await open({ ...key("a-7"), body: { title: "x", impcat: {} } });
      expect(wrong).toMatchObject({
        status: 422,
        body: { errors: [expect.stringContaining('did you mean "impact"?')] },
      });
      expect((await open(key("a-7"))).status).toBe(201);
    });
  });

  describe("a version", () => {
    const command = (n: number, name: string, asking: Asking): Promise<Heard> =>
      api.ask("POST", `${path}/${n}/${name}`, { token: admin, ...asking });

    test("in If-Match lets one of two commands through; the other gets a 412", async () => {
      const made = await open();
      const etag = String(made.headers["etag"]);
      const asking = { headers: { "if-match": etag }, body: { text: "mine" } };
      const both = await Promise.all([
        command(numberOf(made), "note", asking),
        command(numberOf(made), "note", asking),
      ]);
      expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
      expect(both.find(({ status }) => status === 412)).toMatchObject({ body: { code: "version-mismatch" } });
      const shown = await api.ask("GET", `${path}/${numberOf(made)}`, { token: admin });
      expect(shown.headers["etag"]).toBe(both.find(({ status }) => status === 200)?.headers["etag"]);
      const weak = { headers: { "if-match": `W/${String(shown.headers["etag"])}` }, body: { text: "through a proxy" } };
      expect((await command(numberOf(made), "note", weak)).status).toBe(200);
    });

    test("in the body does the same with a 409; two that differ are refused", async () => {
      const n = numberOf(await open());
      expect(await command(n, "note", { body: { text: "x", expect: 9 } })).toMatchObject({
        status: 409,
        body: { code: "conflict" },
      });
      const two = { headers: { "if-match": '"1"' }, body: { text: "x", expect: 2 } };
      expect(await command(n, "note", two)).toMatchObject({ status: 422 });
      for (const wrong of ["1", '"x"', '"1", "2"', '"1"; drop'])
        expect((await command(n, "note", { headers: { "if-match": wrong }, body: { text: "x" } })).status).toBe(400);
      expect((await command(n, "note", { headers: { "if-match": "*" }, body: { text: "x" } })).status).toBe(200);
      expect((await api.ask("POST", "/api/v1/publish", { token: admin, headers: { "if-match": '"1"' } })).status).toBe(
        400,
      );
    });
  });

  describe("a list", () => {
    const nextOf = (heard: Heard): string | undefined =>
      /^<(\?[^>]+)>; rel="next"$/u.exec(String(heard.headers["link"]))?.[1];

    test("is read whole by following Link, whatever is added meanwhile", async () => {
      while ((await count()) < 15) await open();
      const all = listed(await api.ask("GET", `${path}?limit=200`, { token: admin })).map(({ number }) => number);
      const seen: unknown[] = [];
      for (let query: string | undefined = "?limit=4"; query !== undefined;) {
        const page = await api.ask("GET", `${path}${query}`, { token: admin });
        seen.push(...listed(page).map(({ number }) => number));
        query = nextOf(page);
        await open();
      }
      expect(seen).toEqual(all);
    });

    test("keeps its filters from page to page, and its last page has no next", async () => {
      const n = numberOf(await open({ body: { ...draft, impact: { api: "partial_outage" } } }));
      await open({ body: { ...draft, impact: { api: "partial_outage" } } });
      const first = await api.ask("GET", `${path}?component=api&open=true&limit=1`, { token: admin });
      expect(nextOf(first)).toMatch(/component=api&open=true&limit=1&cursor=/u);
      const second = await api.ask("GET", `${path}${nextOf(first) ?? ""}`, { token: admin });
      expect(listed(second)).toMatchObject([{ number: n }]);
      expect(nextOf(second)).toBeUndefined();
    });

    test("of incidents can be cut at what was over by then", async () => {
      const n = numberOf(await open());
      await api.ask("POST", `${path}/${n}/resolve`, { token: admin });
      await api.clock.advance(hour);
      const since = async (when: string): Promise<readonly unknown[]> =>
        listed(await api.ask("GET", `${path}?since=${when}&limit=200`, { token: admin })).map(({ number }) => number);
      expect(await since("-2h")).toContain(n);
      expect(await since("-30m")).not.toContain(n);
    });

    test("of deliveries is cut by target, status and incident", async () => {
      const n = numberOf(await open());
      const get = async (query: string): Promise<readonly unknown[]> =>
        listed(await api.ask("GET", `/api/v1/deliveries?${query}`, { token: admin }));
      expect(await get(`incident=${n}&target=team&status=pending`)).toMatchObject([{ subject: `incident:${n}` }]);
      expect(await get(`incident=${n}&status=sent`)).toEqual([]);
      expect(await get(`incident=${n}&status=sent&waiting=true`)).toEqual([]);
    });

    test.each([
      ["cursor=x", "bad-cursor"],
      [`cursor=${Buffer.from('["alerts",1,"x"]').toString("base64url")}`, "bad-cursor"],
      [`cursor=${Buffer.from('["incidents","1 or 1=1"]').toString("base64url")}`, "bad-cursor"],
      [`cursor=${"x".repeat(500)}`, "bad-query"],
      ["limit=0", "bad-query"],
      ["limit=201", "bad-query"],
      ["limit=1&limit=2", "bad-query"],
      ["open=yes", "bad-query"],
      ["since=yesterday", "bad-query"],
      ["opne=true", "bad-query"],
      ["__proto__=1", "bad-query"],
      ["component=cpor", "unknown-name"],
      ["component=%27%3B%20drop%20table%20incidents%3B--", "unknown-name"],
    ])("refuses %s as %s", async (query, code) => {
      expect((await api.ask("GET", `${path}?${query}`, { token: admin })).body).toMatchObject({ code });
    });
  });

  test.each(["0", "-1", "1e3", "01", "1%20or%201=1", "%27", "1;drop", "999999999999", "%00", "é"])(
    "an incident called %s is a 404",
    async (name) => {
      expect(await api.ask("GET", `${path}/${name}`, { token: admin })).toMatchObject({ status: 404 });
    },
  );

  test("a path that is none names the nearest; a method that is not for it, those that are", async () => {
    const near = await api.ask("GET", "/api/v1/incident", { token: admin });
    expect(near).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('did you mean "/api/v1/incidents"?') },
    });
    const method = await api.ask("GET", `${path}/1/ack`, { token: admin });
    expect(method).toMatchObject({ status: 405, headers: { allow: "POST" }, body: { code: "wrong-method" } });
  });

  test("what steers a header cannot be slipped into one", async () => {
    const answer = await api.ask("GET", `${path}?limit=1&open=true%0d%0aX-Evil:1`, { token: admin });
    expect(answer.status).toBe(400);
    const paged = await api.ask("GET", `${path}?limit=1&component=copr`, { token: admin });
    expect(String(paged.headers["link"])).not.toMatch(/[\r\n]/u);
    expect(paged.headers).not.toHaveProperty("x-evil");
  });
});
