/** Files of a drop, folders walked through. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
}

/** More than any film has: somebody dropped a whole disk. */
const MOST_FILES = 40_000;

export async function readDrop(transfer: DataTransfer): Promise<DroppedFile[]> {
  // Entries are valid only until the event is over, so all are taken before anything is awaited.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: DroppedFile[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (found.length > MOST_FILES) return;
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      found.push({ path: entry.fullPath.replace(/^\/+/, ""), file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      // A hundred at a time, until none come.
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) return;
      for (const each of some) await walk(each);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

export function readInput(input: HTMLInputElement): DroppedFile[] {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}
