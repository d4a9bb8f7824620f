// The ids that are born in the config file. `[a-z0-9-]+`, unique within their list.
import type { Brand } from "../lib/ids.ts";

export type ComponentId = Brand<"component">;
export type PersonId = Brand<"person">;
export type RoleId = Brand<"role">;
export type SourceId = Brand<"source">;
export type ChannelId = Brand<"channel">;
export type TargetId = Brand<"target">;
export type PageId = Brand<"page">;
export type TemplateId = Brand<"template">;
