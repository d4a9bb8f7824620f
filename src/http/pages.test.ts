// Several pages over one instance: who asks for which host reads what, and a page with a token says nothing without it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiDesk, type ApiDesk } from "../../test/kit/api-desk.ts";
import { databases } from "../../test/kit/database.ts";
import { readAnswer, sendRaw, type RawAnswer } from "../../test/kit/raw-http.ts";

const token = "a-token-for-partners";
const yaml = `
site: { name: Packit, url: "https://status.example.org" }
components:
  - { id: web, name: Website }
  - { id: vault, name: Vault, visibility: private }
pages:
  - { id: partners, name: Partners, url: "https://partners.example.org", components: [vault], token: ${token} }
  - { id: small, name: Small, url: "https://small.example.org", components: [web] }
people: [{ id: alice, name: Alice }]
`;

const fields = {
  scope: "s",
  affected: "a",
  alternatives: ["none known"],
  retrigger: "no",
  eta: "unknown",
};

type Reader = (path: string, headers: readonly string[], form?: string) => Promise<RawAnswer>;

let at: ApiDesk;
let read: Reader;
beforeEach(async () => {
  at = await apiDesk(databases[0], yaml);
  for (const [title, id] of [
    ["The vault is shut", "vault"],
    ["The website is slow", "web"],
  ] as const) {
    const body = { title, impact: { [id]: "major_outage" }, publish: true, ...fields };
    const { status } = await at.askSocket("POST", "/api/v1/incidents", { body });
    if (status !== 201) throw new Error(`not opened: ${status}`);
  }
  const url = await at.listen();
  read = async (path, headers, form) => {
    const body = form ?? "";
    const head = [
      `${form === undefined ? "GET" : "POST"} ${path} HTTP/1.1`,
      "Connection: close",
      `Content-Length: ${body.length}`,
      ...headers,
    ];
    return readAnswer(await sendRaw(url, `${head.join("\r\n")}\r\n\r\n${body}`));
  };
});
afterEach(() => at[Symbol.asyncDispose]());

const partners = "Host: partners.example.org";

test("each host is shown its own page; a host that no page has is shown the main one", async () => {
  for (const host of ["status.example.org", "10.0.0.1:8080"]) {
    const { body } = await read("/", [`Host: ${host}`]);
    expect(body).toContain("The website is slow");
    expect(body).not.toMatch(/vault/iu);
  }
  const small = await read("/", ["Host: Small.example.org"]);
  expect(small.body).toContain("Small status");
  expect(small.body).toContain("The website is slow");
  expect((await read("/incidents/1", ["Host: status.example.org"])).status).toBe(404);
  expect((await read("/history?q=vault", ["Host: status.example.org"])).body).not.toContain("is shut");
});

test.each([
  "/",
  "/incidents/1",
  "/history",
  "/history?q=vault",
  "/history.atom",
  "/api/v2/summary.json",
  "/status.txt",
  "/state.json",
  "/nothing",
])("%s of a page with a token says nothing without it", async (path) => {
  for (const headers of [[], ["Authorization: Bearer a-wrong-token-of-mine"], ["Cookie: tocsin_partners=guess"]]) {
    const shut = await read(path, [partners, ...headers]);
    expect(shut.status).toBe(401);
    expect(shut.body).not.toMatch(/vault|website/iu);
    expect(shut.headers.get("cache-control")).toBe("no-store");
  }
  const right = await read(path, [partners, `Authorization: Bearer ${token}`]);
  expect(right.status).toBe(path === "/nothing" ? 404 : 200);
  expect(right.body).not.toMatch(/website/iu);
  if (right.status === 200) expect(right.headers.get("cache-control")).toMatch(/no-store|private/u);
  expect(right.headers.get("access-control-allow-origin")).toBeUndefined();
});

test("the token in an address becomes a cookie at once, and leaves the address", async () => {
  const entered = await read(`/incidents/1?token=${token}`, [partners]);
  expect(entered.status).toBe(303);
  expect(entered.headers.get("location")).toBe("1");
  const cookie = entered.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/u);
  expect(cookie).not.toContain(token);
  const page = await read("/incidents/1", [partners, `Cookie: other=1; ${cookie.split(";")[0]}`]);
  expect(page.body).toContain("The vault is shut");
  // A feed reader keeps no cookies.
  expect((await read(`/history.atom?token=${token}`, [partners])).body).toContain("The vault is shut");
});

test("the box for the token lets in who has it, and tells who has not", async () => {
  const shut = await read("/", [partners]);
  expect(shut.body).toContain(`action="https://partners.example.org/enter"`);
  const form = ["Content-Type: application/x-www-form-urlencoded"];
  const wrong = await read("/enter", [partners, ...form], "token=wrong");
  expect(wrong).toMatchObject({ status: 401, body: expect.stringContaining("not the right token") });
  const right = await read("/enter", [partners, ...form], `token=${token}`);
  expect([right.status, right.headers.get("location")]).toEqual([303, "./"]);
});

test("whoever tries tokens is slowed down", async () => {
  for (let n = 0; n < 10; n++) expect((await read("/?token=wrong-wrong-wrong", [partners])).status).toBe(401);
  const slowed = await read(`/?token=${token}`, [partners]);
  expect([slowed.status, slowed.headers.get("retry-after")]).toEqual([429, "60"]);
});
