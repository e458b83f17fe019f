import { useRef, useState } from "preact/hooks";
import { Icon } from "../../ui/icon.tsx";
import { type DroppedFile, readDrop, readInput } from "./read-drop.ts";

export function DropZone({ onFiles }: { readonly onFiles: (files: readonly DroppedFile[]) => void }) {
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  return (
    <section
      class={isOver ? "drop over" : "drop"}
      aria-label="Drop zone"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer !== null) void readDrop(event.dataTransfer).then(onFiles);
      }}
    >
      <div class="drop-frames" aria-hidden="true">
        {[3, 2, 4, 2, 3].map((share, index) => (
          <span key={index} style={{ flexGrow: share }} />
        ))}
      </div>
      <h1>Drop a folder</h1>
      <p>Pictures, narration and captions with matching names become scenes, in name order.</p>
      <div class="drop-buttons">
        <button type="button" class="button accent large" onClick={() => folder.current?.click()}>
          <Icon name="folder" />
          Choose a folder
        </button>
        <button type="button" class="button large" onClick={() => files.current?.click()}>
          <Icon name="file" />
          Choose files
        </button>
      </div>
      <input
        ref={folder}
        class="hidden"
        type="file"
        aria-label="Folder"
        tabIndex={-1}
        multiple
        {...{ webkitdirectory: true }}
        onChange={(event) => onFiles(readInput(event.currentTarget))}
      />
      <input
        ref={files}
        class="hidden"
        type="file"
        aria-label="Files"
        tabIndex={-1}
        multiple
        onChange={(event) => onFiles(readInput(event.currentTarget))}
      />
      <pre class="drop-example">
        {`my-film/
  images/scene_001.png   audio/scene_001.mp3   audio/scene_001.srt
  images/scene_002.png   audio/scene_002.mp3
  music.mp3   logo.png`}
      </pre>
      <p class="quiet">A folder with a production.yaml works too.</p>
    </section>
  );
}
