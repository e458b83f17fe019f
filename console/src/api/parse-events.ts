export interface StreamEvent {
  readonly id: number | null;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Whole events of a text; what is not yet whole comes back as `rest`. Comments are passed over. Pure. */
export function parseEvents(text: string): {
  readonly events: readonly StreamEvent[];
  readonly rest: string;
} {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const events = blocks.flatMap((block): StreamEvent[] => {
    let id: number | null = null;
    let type = "message";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) id = Number(line.slice(4));
      else if (line.startsWith("event: ")) type = line.slice(7);
      else if (line.startsWith("data: ")) data += line.slice(6);
    }
    return data === "" ? [] : [{ id, type, data: JSON.parse(data) as StreamEvent["data"] }];
  });
  return { events, rest };
}
