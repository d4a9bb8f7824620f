// A backup is whole while the server writes; a restore says nothing twice, and every mirror follows it.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { alert, hears, outageDesk, withToken, type OutageDesk } from "../kit/outage-desk.ts";
import { runTocsin } from "../kit/tocsin-process.ts";
import { ngircd } from "../peers/ngircd.ts";
import { findProgram, skipped } from "../peers/install.ts";
import { freshDatabase, postgresMissing } from "../peers/postgres.ts";

const missing = skipped(ngircd, "acceptance: backup");

async function openIncident({ tocsin }: OutageDesk, number: number, title: string): Promise<void> {
  const opened = await tocsin.cli("--as", "alice", "incident", "open", "--title", title, "--component", "copr=major_outage", "--publish", "--scope", "s", "--affected", "a", "--alternative", "none known", "--eta", "unknown", "--next-update", "1h", "--retrigger", "no"); // prettier-ignore
  expect(opened.err).toBe("");
  expect((await tocsin.ask("GET", `/api/v1/incidents/${number}`)).status).toBe(200);
}

type State = { readonly epoch: number; readonly seq: number; readonly open: readonly { readonly title: string }[] };

const stateOf = (text: string): State => JSON.parse(text) as State;
const mirrored = ({ mirror }: OutageDesk): State => stateOf(readFileSync(join(mirror, "state.json"), "utf8"));

async function mirrorIsEqual(desk: OutageDesk, open: number): Promise<State> {
  const live = async (): Promise<State> => stateOf((await desk.tocsin.get("/state.json")).body);
  await desk.tocsin.until("the mirror equals the record", async () => {
    if (!existsSync(join(desk.mirror, "state.json"))) return false;
    const [here, there] = [await live(), mirrored(desk)];
    return (
      here.open.length === open && here.epoch === there.epoch && here.seq === there.seq && there.open.length === open
    );
  });
  return mirrored(desk);
}

describe.skipIf(missing)("a backup", () => {
  test("is whole and private while alerts pour in, and never written over unasked", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    const enough = new AbortController();
    let poured = 0;
    const pour = (async () => {
      for (; !enough.signal.aborted; poured += 1)
        expect((await tocsin.post("/hooks/hook", alert("firing", { fingerprint: `f${poured}` }), withToken)).status).toBe(202); // prettier-ignore
    })();
    const file = join(tocsin.folder, "copy.db");
    for (let turn = 0; turn < 3; turn++) {
      const before = poured;
      const ran = await tocsin.cli("backup", "--force", file);
      expect(ran).toEqual({ code: 0, out: `Written and checked: ${file}\n`, err: "" });
      using copy = new DatabaseSync(file, { readOnly: true });
      expect(copy.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
      expect(Number(copy.prepare("select count(*) as n from inbox").get()?.["n"])).toBeGreaterThanOrEqual(before);
    }
    enough.abort();
    await pour;
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
    expect(readdirSync(tocsin.folder).filter((name) => name.startsWith("copy.db"))).toEqual(["copy.db"]);
    const again = await tocsin.cli("backup", file);
    expect([again.code, again.err]).toEqual([
      1,
      `tocsin: ${file} is there already; name another file, or say --force\n`,
    ]);
    const nowhere = await tocsin.cli("backup", join(tocsin.folder, "none", "copy.db"));
    expect([nowhere.code, nowhere.out]).toEqual([3, ""]);
  });

  test("that is killed half-way leaves no file of that name", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    const file = join(tocsin.folder, "copy.db");
    const env = { PATH: process.env["PATH"], TOCSIN_TEST: "1", TOCSIN_FAULT: "backup.copied" };
    const config = ["--config", join(tocsin.folder, "tocsin.yaml"), "--data", tocsin.dataDir];
    expect((await runTocsin([...config, "backup", file], { env })).code).toBe(-1);
    expect(existsSync(file)).toBe(false);
    expect((await tocsin.cli("backup", file)).code).toBe(0);
  });
});

describe.skipIf(missing)("a restore", () => {
  test(
    "takes the mirror back with it, and never sends what waited when the copy was made",
    { timeout: 60_000 },
    async () => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin, server } = desk;
      const file = join(tocsin.folder, "copy.db");
      await tocsin.start();
      await openIncident(desk, 1, "The first outage");
      await hears(desk, "team", /The first outage/u);
      await server.kill();
      expect((await tocsin.post("/hooks/hook", alert("firing", { component: "tests" }), withToken)).status).toBe(202);
      await tocsin.until("a line waits", async () =>
        /"kind":"channel"/u.test((await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body),
      );
      expect((await tocsin.cli("backup", file)).code).toBe(0);
      await openIncident(desk, 3, "An outage after the backup");
      const later = await mirrorIsEqual(desk, 2);
      expect(existsSync(join(desk.mirror, "incidents/3.html"))).toBe(true);

      const running = await tocsin.cli("restore", file);
      expect([running.code, running.err]).toEqual([
        1,
        `tocsin: another tocsin owns ${join(tocsin.dataDir, "tocsin.db")}; stop it first\n`,
      ]);
      expect(await tocsin.stop()).toBe(0);
      const restored = await tocsin.cli("restore", file);
      expect([restored.code, restored.err]).toEqual([0, ""]);
      expect(restored.out).toMatch(
        /^Restored\. \d+ messages? that waited then will not be sent; mirrors will take the new state\./u,
      );
      expect(restored.out).toMatch(/1 {2}published {2}The first outage/u);
      const kept = /replaced is (\S+)\.$/mu.exec(restored.out)?.[1] ?? "";
      using old = new DatabaseSync(kept, { readOnly: true });
      expect(old.prepare("select count(*) as n from incidents").get()).toEqual({ n: 3 });

      await server.start();
      await tocsin.start();
      const back = await mirrorIsEqual(desk, 1);
      expect(back.epoch).toBeGreaterThan(later.epoch);
      expect(existsSync(join(desk.mirror, "incidents/3.html"))).toBe(false);
      expect((await tocsin.get("/")).body).not.toContain("after the backup");
      const dead = JSON.parse((await tocsin.ask("GET", "/api/v1/deliveries?incident=2")).body) as readonly object[];
      expect(dead.length).toBeGreaterThan(0);
      for (const delivery of dead) expect(delivery).toMatchObject({ status: "dead", reason: "restored" });
      await openIncident(desk, 3, "Life goes on");
    },
  );

  test("refuses what is no sound backup of this version, and leaves everything as it was", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await openIncident(desk, 1, "The only outage");
    const file = join(tocsin.folder, "copy.db");
    await tocsin.cli("backup", file);
    await tocsin.stop();
    const database = join(tocsin.dataDir, "tocsin.db");
    const folder = (): readonly string[] =>
      readdirSync(tocsin.dataDir).filter((name) => !/-(wal|shm)$|sock$/u.test(name));
    const before = folder();
    const bytes = readFileSync(file);

    const letter = join(tocsin.folder, "letter.db");
    writeFileSync(letter, "Dear Sir, ".repeat(1_000));
    const damaged = join(tocsin.folder, "damaged.db");
    writeFileSync(damaged, Buffer.concat([bytes.subarray(0, 8_192), Buffer.alloc(8_192, 7), bytes.subarray(16_384)]));
    const foreign = join(tocsin.folder, "foreign.db");
    using other = new DatabaseSync(foreign);
    other.exec("create table letters (text text)");
    const newer = join(tocsin.folder, "newer.db");
    writeFileSync(newer, bytes);
    using tomorrow = new DatabaseSync(newer);
    tomorrow.exec("insert into kysely_migration (name, timestamp) values ('9999-tomorrow', 'later')");

    const refused: readonly (readonly [string, number, RegExp])[] = [
      [join(tocsin.folder, "none.db"), 3, /there is no file/u],
      [letter, 3, /is no SQLite database/u],
      [damaged, 3, /damaged|malformed/u],
      [foreign, 3, /no database of Tocsin's/u],
      [newer, 1, /written by a newer Tocsin \(it has 9999-tomorrow\)/u],
    ];
    for (const [name, code, reason] of refused) {
      const ran = await tocsin.cli("restore", name);
      expect(ran.err).toMatch(reason);
      expect([ran.code, ran.out]).toEqual([code, ""]);
      expect(folder()).toEqual(before);
    }
    expect((await tocsin.cli("restore")).code).toBe(2);
    expect((await tocsin.cli("restore", "--database", file)).code).toBe(2);
    using still = new DatabaseSync(database, { readOnly: true });
    expect(still.prepare("select count(*) as n from incidents").get()).toEqual({ n: 1 });
  });

  test.each(["restore.copied", "restore.kept", "restore.swapped"])(
    "killed at %s leaves the old record or the new one",
    async (point) => {
      await using desk = await outageDesk({ database: "sqlite" });
      const { tocsin } = desk;
      await tocsin.start();
      await openIncident(desk, 1, "Before the backup");
      const file = join(tocsin.folder, "copy.db");
      await tocsin.cli("backup", file);
      await openIncident(desk, 2, "After the backup");
      await tocsin.kill();
      const env = { PATH: process.env["PATH"], TOCSIN_TEST: "1", TOCSIN_FAULT: point };
      const config = ["--config", join(tocsin.folder, "tocsin.yaml"), "--data", tocsin.dataDir];
      expect((await runTocsin([...config, "restore", file], { env })).code).toBe(-1);
      await tocsin.start();
      expect((await tocsin.ask("GET", "/api/v1/incidents/2")).status).toBe(point === "restore.swapped" ? 404 : 200);
      expect((await tocsin.ask("GET", "/api/v1/incidents/1")).status).toBe(200);
      await tocsin.stop();
      expect((await tocsin.cli("restore", file)).code).toBe(0);
      await tocsin.start();
      expect((await tocsin.ask("GET", "/api/v1/incidents/2")).status).toBe(404);
    },
  );

  test("takes the place of a database that is damaged beyond reading, which is kept", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await openIncident(desk, 1, "Before the backup");
    const file = join(tocsin.folder, "copy.db");
    await tocsin.cli("backup", file);
    await tocsin.stop();
    writeFileSync(join(tocsin.dataDir, "tocsin.db"), "The disk was not what it had been. ".repeat(500));
    const restored = await tocsin.cli("restore", file);
    expect([restored.code, restored.err]).toEqual([0, ""]);
    const kept = /replaced is (\S+)\.$/mu.exec(restored.out)?.[1] ?? "";
    expect(readFileSync(kept, "utf8")).toMatch(/^The disk/u);
    await tocsin.start();
    expect((await tocsin.ask("GET", "/api/v1/incidents/1")).status).toBe(200);
  });

  test("puts a backup where there is no database yet: on a new machine", async () => {
    await using desk = await outageDesk({ database: "sqlite" });
    const { tocsin } = desk;
    await tocsin.start();
    await openIncident(desk, 1, "Before the fire");
    const file = join(tocsin.folder, "copy.db");
    await tocsin.cli("backup", file);
    await tocsin.stop();
    const fresh = join(tocsin.folder, "fresh");
    mkdirSync(fresh);
    const env = { PATH: process.env["PATH"] };
    const ran = await runTocsin(["--config", join(tocsin.folder, "tocsin.yaml"), "--data", fresh, "restore", file], {
      env,
    });
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect((statSync(join(fresh, "tocsin.db")).mode & 0o777).toString(8)).toBe("600");
    using there = new DatabaseSync(join(fresh, "tocsin.db"), { readOnly: true });
    expect(there.prepare("select count(*) as n from incidents").get()).toEqual({ n: 1 });
  });
});

const pgDump = findProgram("pg_dump", "postgresql-client");
const noDump = skipped(pgDump, "acceptance: pg_dump");

describe.skipIf(missing || noDump || postgresMissing !== undefined)("on PostgreSQL", () => {
  test(
    "backup says which pg_dump does it; after pg_restore, restore --database takes it into use",
    { timeout: 90_000 },
    async () => {
      await using server = await freshDatabase();
      await using desk = await outageDesk({
        database: "postgres",
        url: server.url.replace("postgres@", "postgres:sesame@"),
      });
      const { tocsin } = desk;
      await tocsin.start();
      await openIncident(desk, 1, "The first outage");
      const file = join(tocsin.folder, "tocsin.dump");
      const backup = await tocsin.cli("backup", file);
      expect([backup.code, backup.out]).toEqual([1, ""]);
      expect(backup.err).not.toContain("sesame");
      const command = /^ {2}(pg_dump .*)$/mu.exec(backup.err)?.[1] ?? "";
      const shell = (text: string): void => {
        const ran = spawnSync("sh", ["-ec", text], {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], PGPASSWORD: "sesame" },
        });
        expect([ran.status, ran.stderr]).toEqual([0, ""]);
      };
      shell(command);
      chmodSync(file, 0o600);
      await openIncident(desk, 2, "An outage after the backup");
      const later = await mirrorIsEqual(desk, 2);
      const busy = await tocsin.cli("restore", "--database");
      expect([busy.code, busy.err]).toEqual([
        1,
        "tocsin: a Tocsin is connected to this database; stop every replica first\n",
      ]);
      await tocsin.stop();

      // The recipe of docs/OPERATIONS.md.
      const name = new URL(server.url).pathname.slice(1);
      const admin = `--maintenance-db="${server.url.replace(/\/t_\w+$/u, "/postgres")}"`;
      shell(`createdb ${admin} ${name}_restored`);
      shell(`pg_restore --no-owner --exit-on-error --single-transaction --dbname="${server.url}_restored" "${file}"`);
      shell(
        `psql --quiet "${server.url.replace(/\/t_\w+$/u, "/postgres")}" -c 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $$${name}$$' -c 'ALTER DATABASE ${name} RENAME TO ${name}_replaced' -c 'ALTER DATABASE ${name}_restored RENAME TO ${name}' >/dev/null`,
      );
      const restored = await tocsin.cli("restore", "--database");
      expect([restored.code, restored.err]).toEqual([0, ""]);
      expect(restored.out).toMatch(/^Restored\. .*mirrors will take the new state\./u);
      await tocsin.start();
      const back = await mirrorIsEqual(desk, 1);
      expect(back.epoch).toBeGreaterThan(later.epoch);
      await tocsin.stop();
      shell(`dropdb ${admin} ${name}_replaced`);
    },
  );
});
