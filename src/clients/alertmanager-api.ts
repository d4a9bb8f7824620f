// Asks an Alertmanager what it knows. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
import { boundedText } from "./bounded-text.ts";
import { z } from "zod";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

export type AlertmanagerApi = {
  /** Since when it runs, and what it is. */
  status(signal: AbortSignal): Promise<Result<{ readonly since: number; readonly version: string }, string>>;
  /** All that it holds as firing, silenced or not. */
  alerts(signal: AbortSignal): Promise<Result<readonly unknown[], string>>;
  groups(signal: AbortSignal): Promise<Result<readonly AlertGroup[], string>>;
};

const longestAnswerMs = 20_000;
/** Ten thousand alerts are about ten megabytes. */
const largestAnswer = 100_000_000;

const Status = z.looseObject({
  uptime: z.iso.datetime({ offset: true }),
  versionInfo: z.looseObject({ version: z.string() }),
});
const AlertGroup = z.looseObject({ receiver: z.looseObject({ name: z.string() }), alerts: z.array(z.unknown()) });
export type AlertGroup = z.output<typeof AlertGroup>;

export type AlertmanagerAccess = {
  readonly url: string;
  readonly token?: string | undefined;
  readonly basic?: { readonly user: string; readonly password: string } | undefined;
};

export function alertmanagerApi({ url, token, basic }: AlertmanagerAccess): AlertmanagerApi {
  const { host } = new URL(url);
  const login = basic === undefined ? undefined : Buffer.from(`${basic.user}:${basic.password}`).toString("base64");
  const authorization = token === undefined ? (login === undefined ? undefined : `Basic ${login}`) : `Bearer ${token}`;

  async function get<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<Result<T, string>> {
    try {
      const response = await fetch(`${url}/api/v2/${path}`, {
        headers: {
          Accept: "application/json",
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)]),
      });
      if (!response.ok) {
        await response.body?.cancel();
        return failed(`${host} answers ${response.status}`);
      }
      const read = shape.safeParse(JSON.parse(await boundedText(response, largestAnswer)));
      return read.success ? ok(read.data) : failed(`${host} does not answer as Alertmanager's API v2 does`);
    } catch (thrown) {
      const late = thrown instanceof Error && thrown.name === "TimeoutError";
      // What fetch says may hold the address, which may hold a password.
      return failed(late ? `${host} does not answer` : oneLine(reasonOf(thrown).replaceAll(url, host), 200));
    }
  }

  return {
    async status(signal) {
      const said = await get("status", Status, signal);
      return said.ok ? ok({ since: Date.parse(said.value.uptime), version: said.value.versionInfo.version }) : said;
    },
    alerts: (signal) =>
      get("alerts?active=true&silenced=true&inhibited=true&unprocessed=true", z.array(z.unknown()), signal),
    groups: (signal) => get("alerts/groups?active=true&silenced=false&inhibited=false", z.array(AlertGroup), signal),
  };
}
