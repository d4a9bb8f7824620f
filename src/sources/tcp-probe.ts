// Connects to a port every so often; may send something, and expect an answer.
import type { Socket } from "node:net";
import { z } from "zod";
import { defineSource } from "../alerts/source.ts";
import { dial, sayTimeout, type Attempt } from "../clients/dial.ts";
import { reachOf } from "../lib/networks.ts";
import { troubleOf } from "../lib/network-trouble.ts";
import { pattern, patternTrouble } from "../lib/pattern.ts";
import { oneLine } from "../lib/text.ts";
import { host, portOf, sayHost } from "./host-fields.ts";
import { familyOf, misread, probing, reaching, sayTook, timing, type Reading } from "./probe.ts";

const Config = z.strictObject({
  ...timing,
  host: host().describe("Where to connect: a name or an address."),
  port: portOf().describe("The port."),
  send: z.string().max(10_000).optional().describe('What to send; "\\r\\n" in double quotes is a line break.'),
  expect: z
    .string()
    .superRefine((value, check) => {
      const trouble = patternTrouble(value);
      if (trouble !== undefined) check.addIssue({ code: "custom", message: trouble });
    })
    .optional()
    .describe("A regular expression (RE2) that must match somewhere in what the other side says first."),
  ...reaching,
});

/** A greeting is short; who talks on without saying what is expected is not what it should be. */
const longestTalk = 65_536;

type Heard = Pick<Attempt, "signal" | "timeoutMs"> & { readonly expected: string };

/** What is wrong with what it says; undefined when it says what is expected. */
function listen(socket: Socket, { expected, signal, timeoutMs }: Heard): Promise<string | undefined> {
  return new Promise((done) => {
    let heard = "";
    const missing = (): string =>
      heard === "" ? "said nothing" : `said "${oneLine(heard, 80)}", which does not match ${oneLine(expected, 80)}`;
    socket.setEncoding("latin1").on("data", (text: string) => {
      heard += text;
      if (pattern(expected).matcher(Buffer.from(heard, "latin1").toString("utf8")).find()) done(undefined);
      else if (heard.length > longestTalk) done(missing());
    });
    socket.once("close", () => done(`${missing()}, and closed the connection`));
    socket.on("error", (error) => done(troubleOf(error, "TCP").words));
    const late = (): void => done(heard === "" ? `took the connection, but ${sayTimeout(timeoutMs)}` : missing());
    signal.addEventListener("abort", late, { once: true });
    if (signal.aborted) late();
  });
}

export const tcpProbe = defineSource(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }, { clock }) => {
    const name = sayHost(config.host, config.port);
    const reach = reachOf(config.allow_private);
    const to = { host: config.host, port: config.port, ...familyOf(config.family) };
    const ask = async ({ signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }): Promise<Reading> => {
      const started = performance.now();
      const dialled = await dial(to, { reach, signal, timeoutMs });
      if (!dialled.ok) return misread(dialled.error);
      using _ended = { [Symbol.dispose]: () => void dialled.value.destroy() };
      const took = (): string => `in ${sayTook(performance.now() - started)}`;
      if (config.send !== undefined) dialled.value.write(config.send);
      if (config.expect === undefined) return { well: true, reached: true, words: `took the connection ${took()}` };
      const trouble = await listen(dialled.value, { expected: config.expect, signal, timeoutMs });
      return trouble === undefined
        ? { well: true, reached: true, words: `said what is expected ${took()}` }
        : { well: false, reached: true, words: trouble };
    };
    return probing({ id, config, name, labels: { host: name }, ask }, clock);
  },
  "response_time",
);
