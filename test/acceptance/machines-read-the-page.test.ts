// What programs read of the page, live and on a mirror: every form is there, drafts are in none, and scripts of other pages may read them.
import { Statuspage } from "statuspage.io";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { tocsinProcess } from "../kit/tocsin-process.ts";

const config = (folder: string): string => `
site: { name: Packit, url: "https://status.example.org", time_zone: Europe/Prague }
server: { port: 0 }
components: [{ id: api, name: Packit API }, { id: copr, name: Copr builds }, { id: vault, name: Vault, visibility: private }]
people: [{ id: alice, name: Alice }]
sources: [{ id: hook, type: generic, token: hook-token-hook-token }]
publish: { targets: [{ id: folder, type: static-site, to: { directory: "${folder}/mirror" }, every: 1m }] }
`;

const forms = [
  ["history.atom", "application/atom+xml"],
  ["history.rss", "application/rss+xml"],
  ["feed.json", "application/feed+json"],
  ["components/copr.atom", "application/atom+xml"],
  ["components/copr.rss", "application/rss+xml"],
  ["components/copr.json", "application/feed+json"],
  ["maintenance.ics", "text/calendar"],
  ["badge.svg", "image/svg+xml"],
  ["badge/copr.svg", "image/svg+xml"],
  ["status.txt", "text/plain"],
  ["index.json", "application/json"],
  ...["summary", "status", "components", "incidents", "incidents/unresolved"].map((path) => [
    `api/v2/${path}.json`,
    "application/json",
  ]),
  ...["", "/upcoming", "/active"].map((path) => [`api/v2/scheduled-maintenances${path}.json`, "application/json"]),
] as const;

const Affected = z.object({
  match: z.string(),
  incidents: z.array(z.object({ number: z.number() })),
  notes: z.array(z.string()),
});

test(
  "programs read the outage in every form, on the live page and on a mirror, and never a draft",
  { timeout: 60_000 },
  async () => {
    await using tocsin = await tocsinProcess(config);
    await tocsin.start();
    const cli = async (...args: readonly string[]): Promise<void> =>
      expect(await tocsin.cli("--as", "alice", ...args)).toMatchObject({ code: 0, err: "" });
    await tocsin.post("/hooks/hook", { fingerprint: "1", status: "firing", summary: "Secret trouble", component: "api" }, { Authorization: "Bearer hook-token-hook-token" }); // prettier-ignore
    await tocsin.until("there is a draft", async () => (await tocsin.ask("GET", "/api/v1/incidents/1")).status === 200);
    await cli("incident", "open", "--title", "Copr builds fail", "--component", "copr=major_outage", "--scope", "No build ends.", "--affected", "who builds", "--alternative", "none known", "--eta", "unknown", "--next-update", "1h", "--retrigger", "no", "--publish"); // prettier-ignore
    await cli("incident", "open", "--title", "Vault burns", "--component", "vault=major_outage", "--scope", "All.", "--affected", "us", "--alternative", "none known", "--eta", "unknown", "--next-update", "1h", "--retrigger", "no", "--publish"); // prettier-ignore
    await cli("maintenance", "add", "--title", "Vault moves", "--component", "vault", "--from", "2h", "--for", "1h");
    await cli("maintenance", "add", "--title", "API moves", "--component", "api", "--from", "2h", "--for", "1h");

    const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${tocsin.url()}/${path}`, init);
    const live = new Map<string, string>();
    for (const [path = "", type] of forms) {
      const response = await get(path);
      const body = await response.text();
      live.set(path, body);
      expect([response.status, response.headers.get("content-type")?.split(";")[0]], path).toEqual([200, type]);
      expect(response.headers.get("access-control-allow-origin"), path).toBe("*");
      const maxAge = /max-age=(\d+)/u.exec(response.headers.get("cache-control") ?? "")?.[1];
      expect(Number(maxAge), path).toBeLessThanOrEqual(30);
      expect(body, path).not.toMatch(/Secret trouble|vault/iu);
      const tag = response.headers.get("etag") ?? "";
      const again = await get(path, { headers: { "If-None-Match": tag } });
      expect([again.status, again.headers.get("access-control-allow-origin")], path).toEqual([304, "*"]);
      const preflight = await get(path, { method: "OPTIONS", headers: { Origin: "https://dash.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "If-None-Match" } }); // prettier-ignore
      expect([preflight.status, preflight.headers.get("access-control-allow-headers")], path).toEqual([204, "*"]);
    }
    expect(live.get("api/v2/scheduled-maintenances/upcoming.json")).toContain("API moves");
    expect(live.get("maintenance.ics")).toContain("SUMMARY:Packit: API moves");
    expect(live.get("components/copr.atom")).toContain("Copr builds fail");
    expect(live.get("badge.svg")).toContain("Packit: major outage");

    // The mirror writes the same files; those that say how old they are differ in that alone.
    const mirrored = (path: string): string => {
      const file = join(tocsin.folder, "mirror", path);
      return existsSync(file) ? readFileSync(file, "utf8") : "";
    };
    // Written last: all else is there.
    await tocsin.until("the mirror has all of it", () => mirrored("state.json").includes("API moves"));
    for (const [path = ""] of forms)
      if (!["status.txt", "index.json"].includes(path)) expect(mirrored(path), path).toBe(live.get(path));
    expect(mirrored("index.html")).not.toContain("<form");

    // A client of Statuspage's that others wrote reads the same.
    const client = new Statuspage("any");
    client.setApiUrl(tocsin.url());
    const { api } = client;
    expect((await api.getSummary()).incidents.map(({ name }) => name)).toEqual(["Copr builds fail"]);
    expect((await api.getStatus()).status.indicator).toBe("critical");
    expect((await api.getComponents()).components.map(({ name }) => name)).toContain("Copr builds");
    expect((await api.incidents.getUnresolved()).incidents).toHaveLength(1);
    expect((await api.scheduledMaintenances.getUpcoming()).scheduled_maintenances.map(({ name }) => name)).toEqual([
      "API moves",
    ]);

    // A badge that there is not says which one may have been meant.
    const missing = await get("badge/cpr.svg");
    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "image/svg+xml; charset=utf-8"]);
    expect(await missing.text()).toContain("did you mean copr?");
    // What is private is as what there is not.
    const [secret, none] = await Promise.all(["badge/vault.svg", "badge/fault.svg"].map(async (path) => (await get(path)).text())); // prettier-ignore
    expect(secret?.replaceAll("vault", "fault")).toBe(none);
    expect((await get("components/vault.atom")).status).toBe(404);

    // Was it you, or was it us?
    expect(await (await get("")).text()).toContain('action="affected"');
    const page = await (await get("affected?job=copr", { headers: { Accept: "text/html,application/json" } })).text();
    expect(page).toMatch(/It is most likely us[\s\S]*Copr builds fail/u);
    const ask = async (query: string) =>
      Affected.parse(await (await get(`affected?${query}`, { headers: { Accept: "application/json" } })).json());
    expect(await ask("job=copr")).toMatchObject({ match: "hit", incidents: [{ number: 2 }] });
    // The draft hits the API; nobody hears of it.
    expect(await ask("job=api")).toMatchObject({ match: "not", incidents: [] });
    expect(await ask("job=vault")).toEqual({ ...(await ask("job=fault")), notes: [expect.stringContaining("vault")] });
    expect((await get("affected.json")).status).toBe(400);
    const hostile = "repository=%3Cscript%3E&repository=b&target=%00&job[x]=1&__proto__=x&job=%F0%9F%98%80%E2%80%AE";
    expect((await get(`affected?${hostile}`)).status).toBe(200);
    expect(await (await get(`affected?job=%3Cscript%3Epwned`)).text()).not.toContain("<script>pwned");

    // Nobody asks without end.
    const statuses = await Promise.all(Array.from({ length: 80 }, async () => (await get("affected?job=copr")).status));
    expect(statuses).toContain(429);
    expect(Number((await get("affected?job=copr")).headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await get("")).status).toBe(200);
  },
);
