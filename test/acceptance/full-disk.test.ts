// No room on the disk of the database: senders are told to try again, nothing crashes, and it goes on when there is room.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tocsinProcess } from "../kit/tocsin-process.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-small-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]).status === 0;
if (!mounted) process.stderr.write("SKIPPED acceptance: full disk: this user may not mount a small file system\n");

describe.skipIf(!mounted)("on a full disk", () => {
  test("webhooks are answered 503, the page stays, and with room again all goes on", { timeout: 60_000 }, async () => {
    try {
      const token = "hook-token-hook-token";
      await using tocsin = await tocsinProcess(
        () => `
site: { name: Packit }
server: { port: 0 }
database: { url: "sqlite:${folder}/tocsin.db" }
components: [{ id: copr, name: Copr builds }]
channels: [{ id: team, type: stdout }]
sources: [{ id: hook, type: generic, token: ${token}, component: copr }]
`,
      );
      await tocsin.start();
      const fire = (n: number) =>
        tocsin.post("/hooks/hook", { fingerprint: `f${n}`, status: "firing", summary: "x".repeat(2_000) }, { Authorization: `Bearer ${token}` }); // prettier-ignore
      expect((await fire(0)).status).toBe(202);
      const stone = join(folder, "stone");
      try {
        writeFileSync(stone, Buffer.alloc(8_000_000));
      } catch {
        // Until there is no room left.
      }
      const answers: number[] = [];
      for (let n = 1; n <= 600 && !answers.includes(503); n++) answers.push((await fire(n)).status);
      expect(new Set(answers)).toEqual(new Set(answers.length === 1 ? [503] : [202, 503]));
      expect(tocsin.alive()).toBe(true);
      expect((await tocsin.get("/")).status).toBe(200);
      expect((await tocsin.get("/healthz")).status).toBe(200);
      rmSync(stone);
      await tocsin.until("it takes webhooks again", async () => (await fire(1_000)).status === 202);
      const count = async (): Promise<number> =>
        Number(/^tocsin_inbox\{status="waiting"\} (\d+)$/mu.exec((await tocsin.get("/metrics")).body)?.[1]);
      await tocsin.until("the inbox is worked off", async () => (await count()) === 0);
      await tocsin.until("the team is told", () => tocsin.output().includes("[team]"));
      expect(await tocsin.stop()).toBe(0);
    } finally {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
