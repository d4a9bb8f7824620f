// A page of the public: its own name, address and components. The first of them all is the one that the config calls `site`.
import type { Shown } from "../components/shown-components.ts";
import type { PageId } from "../config/names.ts";
import type { PublicSite } from "./snapshot.ts";

export type PublicPage = {
  /** Absent of the main page. */
  readonly id?: PageId;
  readonly site: PublicSite;
  readonly shown: Shown;
  /** Whoever has it may read this page; without one, everybody may. */
  readonly token?: string;
};
