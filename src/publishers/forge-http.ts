// One request to a forge's REST API: bounded in time and size; what it refuses becomes what the queue understands.
import { boundedText } from "../clients/bounded-text.ts";
import { second } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { minutes, TrackerTrouble } from "./tracker.ts";

export type ForgeAsk = (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body: object | undefined, signal: AbortSignal) => Promise<unknown>; // prettier-ignore

export type Forge = {
  /** `GitLab`. */
  readonly name: string;
  /** Up to `/api/v4`. */
  readonly api: string;
  /** The header that lets us in. */
  readonly authorization: Readonly<Record<string, string>>;
  /** What a refused token lacks. */
  readonly rights: string;
};

const timeoutMs = 20_000;
const largest = 8_000_000;

/** What a refusal says of itself: https://docs.gitlab.com/api/rest/troubleshooting/ and Forgejo alike have `message`. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) return text;
    const said = "message" in body ? body.message : "error" in body ? body.error : text;
    return typeof said === "string" ? said : JSON.stringify(said);
  } catch {
    return "";
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-retry-after, of which both send seconds. */
function patienceOf(headers: Headers): number {
  const after = Number(headers.get("retry-after") ?? "");
  return after > 0 ? Math.min(after * second, minutes(60)) : minutes(1);
}

export function askForge({ name, api, authorization, rights }: Forge): ForgeAsk {
  return async (method, path, body, signal) => {
    let status: number;
    let text: string;
    let headers: Headers;
    try {
      const answer = await fetch(`${api}${path}`, {
        method,
        headers: { ...authorization, Accept: "application/json", "User-Agent": "tocsin", ...(body === undefined ? {} : { "Content-Type": "application/json" }) }, // prettier-ignore
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      ({ status, headers } = answer);
      text = await boundedText(answer, largest);
    } catch (thrown) {
      throw new TrackerTrouble({ kind: "retry", because: `${name}: ${reasonOf(thrown)}` });
    }
    if (status < 300) {
      const read: unknown = text === "" ? undefined : JSON.parse(text);
      return read;
    }
    const said = `${name}: ${oneLine(messageIn(text), 300)} (${status}, ${method})`;
    if (status === 429)
      throw new TrackerTrouble({ kind: "retry", because: said, afterMs: patienceOf(headers) }, status);
    if (status === 400 || status === 422) throw new TrackerTrouble({ kind: "reject", because: said }, status);
    const hint = status === 401 || status === 403 || status === 404 ? `; ${rights}` : "";
    throw new TrackerTrouble({ kind: "retry", because: said + hint, ...(hint === "" ? {} : { afterMs: minutes(1) }) }, status); // prettier-ignore
  };
}

/** A link to this very forge would leave a note where it leads: shown, and not a link. */
export function foreignLinks(site: string): (url: string) => string | undefined {
  const { host } = new URL(site);
  return (url) => (new URL(url).host === host ? undefined : url);
}
