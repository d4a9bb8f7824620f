// A part of the service that users can name, as the config describes it.
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Figures } from "../config/plug-ins.ts";

export type Component = {
  readonly id: ComponentId;
  readonly name: string;
  readonly group?: string;
  readonly description?: string;
  /** Only on pages that name it. */
  readonly hidden?: true;
  /** Whose service it really is, where it is not ours. */
  readonly upstream?: { readonly name: string; readonly url?: string };
  /** What its page draws. */
  readonly charts?: readonly { readonly source: SourceId; readonly shows: Figures }[];
  /** What it stands on. */
  readonly dependsOn?: readonly ComponentId[];
  /** What a notice about it says unless somebody says otherwise. */
  readonly notice: {
    readonly scope?: string;
    readonly affected?: string;
    readonly notAffected?: string;
    readonly alternatives?: readonly string[];
    readonly retrigger?: string;
  };
};
