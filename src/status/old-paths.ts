// Addresses of a page that was left: brought into one form, so that whoever follows an old link arrives. Pure.
import { wantedAt } from "./site-paths.ts";

const longest = 300;
/** Letters of any script, figures and what is harmless in a path; a dot alone or in front would leave the folder or hide. */
const segment = /^(?!\.)[\p{L}\p{N}._~+@,=()-]+$/u;

const other = /\.(?:txt|json|xml|svg|atom|rss|ics|css|m?js|png|ico|md|ya?ml|php)$/u;
const file = new RegExp(`${other.source}|\\.html?$`, "u");

/** `/Issues/A/`, `https://status.example/issues/a/index.html?x`: `issues/a`. Undefined when it is no path that may be one. */
export function oldPath(address: string): string | undefined {
  if (address.length > 2_000) return undefined;
  const url = URL.parse(address, "https://old.invalid");
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return undefined;
  const path = decoded(url.pathname)?.normalize("NFC").toLowerCase();
  // As the file of a mirror: only a page can lead on, and nothing can lie below a file.
  const trimmed = path?.replace(/(?:^|\/)index\.html?$/u, "").replaceAll(/^\/+|\/+$/gu, "");
  if (trimmed === undefined || trimmed === "" || trimmed.length > longest) return undefined;
  const parts = trimmed.split("/");
  const good = parts.every((part, i) => segment.test(part) && (i === parts.length - 1 ? !other.test(part) : !file.test(part))); // prettier-ignore
  return good ? trimmed : undefined;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const ownFolders: ReadonlySet<string> = new Set([
  "api", "affected", "hooks", "ping", "alertmanager", "console", "healthz", "readyz", "metrics", "components", "oncall", "people", "subscribe", "subscriptions", "team", "badge",
]); // prettier-ignore

/** A page of ours stands there, or may one day: the old one cannot lead on from it. */
export function isOurs(path: string): boolean {
  return wantedAt(path) !== undefined || ownFolders.has(path.split("/")[0] ?? "");
}

/** The file of a mirror that answers at the path, with a slash and without. */
export function redirectFile(path: string): string {
  return /\.html?$/u.test(path) ? path : `${path}/index.html`;
}
