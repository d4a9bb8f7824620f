// Asks a host for an echo with the system's own `ping`: a process may not send ICMP by itself.
import { isIP } from "node:net";
import { z } from "zod";
import { defineSource } from "../alerts/source.ts";
import { second } from "../lib/clock.ts";
import { forbiddenCode, guardedLookup, reachOf, type Reach } from "../lib/networks.ts";
import { troubleOf, type Trouble } from "../lib/network-trouble.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { runCommand } from "../lib/run-command.ts";
import { oneLine } from "../lib/text.ts";
import { host } from "./host-fields.ts";
import { familyOf, misread, probing, reaching, timing, type Asking, type Reading } from "./probe.ts";

const Config = z.strictObject({
  ...timing,
  host: host().describe("Whom to ask: a name or an address."),
  ...reaching,
});

const barred = (address: string): Trouble => ({
  of: "us",
  words: `was not asked: ${address} is an address that may not be reached (allow_private)`,
});

/** The address is chosen here, so that it is looked at before anybody knocks. */
function addressOf(name: string, reach: Reach, family: 0 | 4 | 6): Promise<Result<string, Trouble>> {
  if (isIP(name) !== 0) return Promise.resolve(reach(name) ? ok(name) : failed(barred(name)));
  return new Promise((done) => {
    guardedLookup(reach)(name, { family }, (error, address) => {
      if (error === null) return done(ok(typeof address === "string" ? address : (address[0]?.address ?? name)));
      const isBarred = error.code === forbiddenCode && "address" in error;
      done(failed(isBarred ? barred(String(error.address)) : troubleOf(error, "TCP")));
    });
  });
}

const tookIn = (said: string): string => /time[=<]([\d.]+ ?ms)/u.exec(said)?.[1] ?? "time";

const noAnswer = (said: string, timeoutMs: number): string =>
  /unreachable/iu.test(said)
    ? "cannot be reached: no route to the host"
    : `did not answer a ping within ${timeoutMs / second} s`;

export const ping = defineSource(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }, { clock }) => {
    const reach = reachOf(config.allow_private);
    const { family = 0 } = familyOf(config.family);
    const ask = async ({ signal, timeoutMs }: Asking): Promise<Reading> => {
      const address = await addressOf(config.host, reach, family);
      if (!address.ok) return misread(address.error);
      const patience = String(Math.ceil(timeoutMs / second));
      const { code, said, notStarted } = await runCommand(
        "ping",
        ["-n", "-c", "1", "-W", patience, address.value],
        signal,
      );
      if (notStarted !== undefined) throw new Error("cannot be pinged: this machine has no program called ping");
      if (code === 0) return { well: true, reached: true, words: `answered in ${tookIn(said)}` };
      if (code === 1 || code === null) return { well: false, reached: false, words: noAnswer(said, timeoutMs) };
      // Not permitted, no route, a wrong option: it did not even leave.
      throw new Error(`cannot be pinged from here: ${oneLine(said, 120) || `ping ended with ${code}`}`);
    };
    return probing({ id, config, name: config.host, labels: { host: config.host }, ask }, clock);
  },
  "response_time",
);
