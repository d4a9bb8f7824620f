// Asks a name server for a record every so often, and holds the answer to what it should be.
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { z } from "zod";
import { defineSource } from "../alerts/source.ts";
import { reachOf } from "../lib/networks.ts";
import { reasonOf } from "../lib/result.ts";
import { list, oneLine } from "../lib/text.ts";
import { host, portOf, sayHost } from "./host-fields.ts";
import { probing, reaching, sayTook, timing, type Asking, type Reading } from "./probe.ts";

const records = ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "PTR", "CAA"] as const;
type RecordType = (typeof records)[number];

const Config = z.strictObject({
  ...timing,
  name: host().describe("The name to ask for."),
  record: z.enum(records).default("A").describe("The type of record to ask for."),
  resolver: z
    .string()
    .refine((text) => isIP(text) !== 0, "must be the address of a name server, such as 9.9.9.9")
    .optional()
    .describe("The name server to ask, by its address; those of this machine when not written."),
  port: portOf().default(53).describe("The port of the name server."),
  expect: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("Values that must be among the answers; any answer will do when not written."),
  only: z.boolean().default(false).describe("true: there must be no other value than those expected."),
  allow_private: reaching.allow_private,
});
type Config = z.output<typeof Config>;

/** A record as `dig +short` writes it, but for final dots. */
async function lookUp(resolver: Resolver, name: string, type: RecordType): Promise<readonly string[]> {
  switch (type) {
    case "A":
      return resolver.resolve4(name);
    case "AAAA":
      return resolver.resolve6(name);
    case "CNAME":
      return resolver.resolveCname(name);
    case "NS":
      return resolver.resolveNs(name);
    case "PTR":
      return resolver.resolvePtr(name);
    case "TXT":
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
    case "MX":
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case "SRV":
      return (await resolver.resolveSrv(name)).map((one) => `${one.priority} ${one.weight} ${one.port} ${one.name}`);
    case "CAA":
      return (await resolver.resolveCaa(name)).map(({ critical, ...tags }) => {
        const said = Object.entries(tags).filter(([tag]) => tag !== "type");
        return [critical, ...said.map(([tag, value]) => `${tag} "${String(value)}"`)].join(" ");
      });
    case "SOA": {
      const soa = await resolver.resolveSoa(name);
      return [`${soa.nsname} ${soa.hostmaster} ${soa.serial} ${soa.refresh} ${soa.retry} ${soa.expire} ${soa.minttl}`];
    }
  }
}

/** https://nodejs.org/api/dns.html#error-codes, after the name of the server. */
function refusal(code: string, asked: string): string | undefined {
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: `says that there is no such name (NXDOMAIN): ${asked}`,
    ENODATA: `says that the name has no such record: ${asked}`,
    ESERVFAIL: `cannot answer for ${asked} (SERVFAIL)`,
    EREFUSED: `refuses to answer for ${asked} (REFUSED)`,
    ENOTIMP: `does not know how to answer for ${asked} (NOTIMP)`,
    EFORMERR: `does not understand the question for ${asked} (FORMERR)`,
    EBADRESP: `answers for ${asked} with what is no DNS`,
  };
  return Object.hasOwn(words, code) ? words[code] : undefined;
}

/** Names are the same in capitals, and with a dot at their end. */
const plain = (value: string): string => value.trim().toLowerCase().replace(/\.$/u, "");

function unmet({ expect, only }: Config, values: readonly string[]): string | undefined {
  if (expect === undefined) return undefined;
  const found = new Set(values.map(plain));
  const wanted = [expect].flat();
  const missing = wanted.filter((value) => !found.has(plain(value)));
  const said = oneLine(list([...values].toSorted()), 120);
  if (missing.length > 0) return `answers ${said}; ${list(missing)} is not among it`;
  const others = only ? values.filter((value) => !wanted.some((one) => plain(one) === plain(value))) : [];
  return others.length === 0 ? undefined : `answers ${said}; ${list(others)} should not be among it`;
}

async function ask(config: Config, { signal, timeoutMs }: Asking): Promise<Reading> {
  const asked = `${config.name} ${config.record}`;
  const { resolver: address } = config;
  if (address !== undefined && !reachOf(config.allow_private)(address))
    throw new Error(`was not asked: ${address} is an address that may not be reached (allow_private)`);
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  if (address !== undefined) resolver.setServers([sayHost(address, config.port)]);
  const stop = (): void => resolver.cancel();
  signal.addEventListener("abort", stop, { once: true });
  const started = performance.now();
  try {
    const values = await lookUp(resolver, config.name, config.record);
    const trouble = unmet(config, values);
    const words = `answers ${oneLine(list([...values].toSorted()), 120)} for ${asked} in ${sayTook(performance.now() - started)}`;
    return { well: trouble === undefined, reached: true, words: trouble ?? words };
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
    const refused = refusal(code, asked);
    if (refused !== undefined) return { well: false, reached: true, words: refused };
    const silent = code === "ETIMEOUT" || code === "ECANCELLED";
    const words = silent ? `did not answer for ${asked} within ${timeoutMs / 1_000} s` : code === "ECONNREFUSED" ? `refuses to be asked for ${asked}: no name server is there` : `could not be asked for ${asked}: ${oneLine(reasonOf(thrown), 80)}`; // prettier-ignore
    // Our own resolver is what we look through, and says nothing of the name.
    if (address === undefined) throw new Error(words, { cause: thrown });
    return { well: false, reached: !silent, words };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

export const dnsProbe = defineSource(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }, { clock }) => {
    const server = config.resolver ?? "the resolver of this machine";
    const labels = { name: `${config.name} ${config.record}`, resolver: config.resolver ?? "own" };
    return probing({ id, config, name: server, labels, ask: (asking) => ask(config, asking) }, clock);
  },
  "response_time",
);
