// npm start without a config, and tocsin demo break|fix|status.
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import type { FastifyInstance } from "fastify";
import { styleText } from "node:util";
import { z } from "zod";
import { registries } from "../app/providers.ts";
import { serve } from "../app/serve.ts";
import { settingsFrom } from "../app/settings.ts";
import { clockFromEnvironment } from "../app/test-clock.ts";
import { loadConfig, sayConfigError } from "../config/load.ts";
import { lockOwner } from "../db/owner-lock.ts";
import { demoConfig } from "../demo/demo-config.ts";
import { clearDemo, startSimulation, troubles, type SimulatedService } from "../demo/run-demo.ts";
import { problem } from "../http/problem.ts";
import { makeLog } from "../lib/log.ts";
import { suggest } from "../lib/nearest.ts";
import { list } from "../lib/text.ts";
import { reasonOf } from "../lib/result.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, say } from "./print.ts";
import { listenFrom, serveConfig, untilStopped } from "./serve.ts";

type Shared = DoorFlags & { readonly json?: boolean };

const DemoState = z.object({ broken: z.array(z.string()) });

function demoRoutes(app: FastifyInstance, service: SimulatedService): void {
  app.get("/demo", async () => ({ broken: service.broken() }));
  app.post("/demo/fix", async () => {
    service.fix();
    return { broken: service.broken() };
  });
  app.post<{ Params: { what: string } }>("/demo/break/:what", async (request, reply) => {
    const { what: asked } = request.params;
    const what = troubles.find((each) => each === asked);
    if (what === undefined)
      return problem(reply, 422, "unknown-name", `the demo cannot break "${asked}"; ${suggest(asked, troubles)}`);
    service.breakIt(what);
    return { broken: service.broken() };
  });
}

function welcome(url: string, dataDir: string): string {
  const bold = (text: string): string => styleText("bold", text, { stream: process.stdout });
  return `
${bold("Tocsin, the outage desk")}: a demo. A simulated CI service runs beside it; nothing leaves this machine.

  status page   ${bold(`${url}/`)}
  its mirror    ${relative(process.cwd(), join(dataDir, "public", "index.html"))}

Try this in another terminal, in this folder:

  ${bold("bin/tocsin demo break copr")}     Copr builds begin to fail; within two minutes a line appears below
  ${bold("bin/tocsin incident show 1")}     the evidence, the clocks, what is to be done
  ${bold("bin/tocsin incident publish 1")}  tells the users: look at the page
  ${bold("bin/tocsin demo fix")}            the builds recover; then \`bin/tocsin incident resolve 1\`

What Tocsin tells the team and the users appears here. Ctrl-C ends it.
`;
}

async function runDemo(dataDir: string): Promise<void> {
  const clock = await clockFromEnvironment(process.env);
  const log = makeLog({ level: process.env["TOCSIN_LOG"] ?? "warn", now: () => clock.now() });
  // Only while nobody else has it: two demos must not clear each other's folder.
  const lock = lockOwner(`sqlite:${join(dataDir, "tocsin.db")}`);
  clearDemo(dataDir);
  lock[Symbol.dispose]();
  const service = await startSimulation(dataDir, clock);
  const { host = "127.0.0.1", port = 8080 } = listenFrom(process.env);
  const loaded = loadConfig(demoConfig(dataDir, service.apiUrl), "demo.yaml", {}, registries);
  if (!loaded.ok) throw new Error(loaded.error.map(sayConfigError).join("\n"));
  const config = {
    ...loaded.value,
    site: { ...loaded.value.site, url: `http://${host.includes(":") ? `[${host}]` : host}:${port}` },
  };
  try {
    const serving = await serve({
      config,
      dataDir,
      clock,
      log,
      demo: true,
      host,
      port,
      more: (app) => demoRoutes(app, service),
    });
    say(welcome(serving.url, dataDir));
    await untilStopped(serving);
  } finally {
    await service.stop();
  }
}

/** `npm start`: the config if there is one, else the demo, unless the folder holds a real instance. */
async function start(flags: DoorFlags): Promise<void> {
  const settings = settingsFrom(flags, process.env);
  if (settings.configFile !== undefined) return serveConfig(settings.configFile, settings.dataDir);
  if (existsSync(join(settings.dataDir, "tocsin.db"))) {
    throw new Exit(
      3,
      `${settings.dataDir} belongs to a real instance, but there is no tocsin.yaml here; name its config with TOCSIN_CONFIG`,
    );
  }
  await runDemo(join(settings.dataDir, "demo")).catch((thrown: unknown) => {
    throw new Exit(3, `the demo cannot start: ${reasonOf(thrown)}`);
  });
}

export function demoCommands(program: Command, shared: () => Shared): void {
  program
    .command("start")
    .description("serve the config; without one, a demo")
    .action(async () => start(shared()));
  const demo = program.command("demo").description("break and mend the demo's simulated service");
  const sayState = (state: z.output<typeof DemoState>): void =>
    print(shared().json, state, () =>
      state.broken.length === 0 ? "Everything works." : `Broken: ${list(state.broken)}.`,
    );
  demo
    .command("break [what]")
    .description(`let a part fail: ${troubles.join(", ")}`)
    .action(async (what = "copr") =>
      sayState(await ask(DemoState, shared(), "POST", `/demo/break/${encodeURIComponent(String(what))}`, {})),
    );
  demo
    .command("fix")
    .description("mend everything")
    .action(async () => sayState(await ask(DemoState, shared(), "POST", "/demo/fix", {})));
  demo
    .command("status")
    .description("what is broken")
    .action(async () => sayState(await ask(DemoState, shared(), "GET", "/demo")));
}
