// Old addresses of a past that was brought in lead on. Asked only when nothing of ours answers at the address.
import type { Desk } from "../engine/desk.ts";
import { oldPath } from "../status/old-paths.ts";
import { redirectFrom } from "../status/redirect-store.ts";
import { incidentUrl, maintenanceUrl } from "../status/site-paths.ts";

/** Whole, for behind a proxy nobody here knows how deep the address lies. Without a database it is a 404. */
export async function movedTo(desk: Desk, method: string, url: string): Promise<string | undefined> {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const path = oldPath(url.startsWith("/") ? `/${url.replace(/^\/+/u, "")}` : "");
  if (path === undefined) return undefined;
  const found = await redirectFrom(desk.db, path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.kind === "incident" ? incidentUrl(desk.site, found.number) : maintenanceUrl(desk.site, found.number);
}
