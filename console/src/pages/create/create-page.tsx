import "../../styles/create.css";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ask, type Refusal } from "../../api/client.ts";
import type { Created, Issue } from "../../api/types.ts";
import { bytes, clock, plural } from "../../format.ts";
import { useKeys } from "../../keyboard.ts";
import { go } from "../../router.ts";
import { localThumbnails } from "../../strip/local-thumbnails.ts";
import { Strip } from "../../strip/strip.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { useTitle } from "../../ui/use-title.ts";
import { useCheck } from "./check-draft.ts";
import { Draft } from "./draft.ts";
import { draftItems } from "./draft-strip.ts";
import { DropZone } from "./drop-zone.tsx";
import { IssueList } from "./issue-list.tsx";
import { OptionsPanel } from "./options-panel.tsx";
import { QuoteTable } from "./quote-table.tsx";
import { Stage } from "./stage.tsx";

export function CreatePage() {
  useTitle("New production");
  const draft = useSignal<Draft | null>(null);
  useEffect(() => () => draft.value?.close(), []);
  if (draft.value === null || draft.value.scan.value.kind === "nothing") {
    const issues = draft.value?.scan.value.issues ?? [];
    return (
      <div class="page">
        {issues.length === 0 ? null : <IssueList issues={issues} />}
        <DropZone
          onFiles={(files) => {
            if (files.length === 0) return;
            const next = new Draft();
            next.add(files);
            draft.value = next;
          }}
        />
      </div>
    );
  }
  return (
    <Desk
      draft={draft.value}
      onDiscard={() => {
        draft.value?.close();
        draft.value = null;
      }}
    />
  );
}

function Desk({ draft, onDiscard }: { readonly draft: Draft; readonly onDiscard: () => void }) {
  const [selected, setSelected] = useState(0);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSending, setSending] = useState(false);
  // Sent again after a broken line, the same film is not made twice.
  const idempotencyKey = useMemo(() => crypto.getRandomValues(new Uint32Array(4)).join("-"), []);
  const items = draftItems(draft);
  const scan = draft.scan.value;
  const options = draft.options.value;
  const document = draft.document.value;
  const checked = useCheck(document);
  const issues: readonly Issue[] = [...draft.issues.value, ...checked.issues];
  const share = draft.share.value;
  const hasErrors = issues.some(({ severity }) => severity === "error");
  const isReady = document !== null && checked.state === "right" && !hasErrors && !isSending;
  useKeys({
    j: () => setSelected(Math.min(selected + 1, items.length - 1)),
    k: () => setSelected(Math.max(selected - 1, 0)),
  });
  const make = (): void => {
    if (document === null) return;
    setSending(true);
    setRefusal(null);
    ask<Created>("/v1/productions", {
      method: "POST",
      json: document,
      headers: { "idempotency-key": `${idempotencyKey}-${hashOf(document)}` },
    }).then(
      ({ id }) => {
        localThumbnails.set(
          id,
          new Map(items.flatMap(({ id: scene, sketch }) => (sketch === null ? [] : [[scene, sketch]]))),
        );
        go(`/productions/${id}`);
      },
      (error: Refusal) => {
        setRefusal(error);
        setSending(false);
      },
    );
  };
  const seconds = items.reduce((sum, item) => sum + item.seconds, 0);
  const size = draft.used.value.reduce((sum, path) => sum + (draft.fileOf(path)?.file.size ?? 0), 0);
  return (
    <div class="page create">
      <div class="page-head">
        <div class="title">
          <h1>{options.title === "" ? "New production" : options.title}</h1>
          <p class="quiet figures">
            {plural(items.length, "scene")} · about {clock(seconds)} · {bytes(size)}
            {scan.soundtrack === null ? "" : " · music"}
            {scan.watermark === null ? "" : " · watermark"}
          </p>
        </div>
        {scan.languages.length < 2 ? null : (
          <label class="field inline">
            <span>Language</span>
            <select
              value={draft.language.value ?? ""}
              onChange={(event) => {
                draft.language.value = event.currentTarget.value === "" ? null : event.currentTarget.value;
                draft.bring();
              }}
            >
              <option value="">Choose</option>
              {scan.languages.map((language) => (
                <option key={language} value={language}>
                  {language}
                </option>
              ))}
            </select>
          </label>
        )}
        <div class="actions">
          <button type="button" class="button" onClick={onDiscard}>
            Choose other files
          </button>
        </div>
      </div>
      <Strip label="Film strip" items={items} selected={selected} onSelect={setSelected} />
      {issues.length === 0 ? null : (
        <IssueList
          issues={issues}
          retry={
            draft.issues.value.some(({ code }) => code === "SERVER_UNREACHABLE") ? () => draft.bring() : null
          }
        />
      )}
      {refusal === null ? null : <ErrorPanel title="The film could not be started" trouble={refusal} />}
      <div class="desk">
        {scan.kind === "folder" ? (
          <>
            <div class="desk-main">
              <Stage draft={draft} selected={selected} options={options} />
            </div>
            <OptionsPanel
              options={options}
              scan={scan}
              onChange={(next) => {
                draft.options.value = next;
              }}
            />
          </>
        ) : (
          <p class="quiet">
            The look of the film is set in {scan.productionFile}. Edit it and drop the folder again.
          </p>
        )}
      </div>
      <div class="make-bar">
        {share < 1 ? (
          <div class="make-progress">
            <span class="figures">{Math.floor(share * 100)} % uploaded</span>
            <div
              class="meter"
              role="progressbar"
              aria-label="Upload"
              aria-valuenow={Math.floor(share * 100)}
              aria-valuemin={0}
              aria-valuemax={100}
            >
              <span style={{ transform: `scaleX(${share})` }} />
            </div>
          </div>
        ) : (
          <QuoteTable
            checked={checked}
            pool={options.pool}
            onPool={(pool) => {
              draft.options.value = { ...options, pool };
            }}
          />
        )}
        <button type="button" class="button accent large" disabled={!isReady} onClick={make}>
          {isSending ? "Starting" : "Make the film"}
        </button>
      </div>
    </div>
  );
}

/** Another document needs another idempotency key; any mark of its text will do. */
function hashOf(document: unknown): string {
  let hash = 0;
  for (const letter of JSON.stringify(document)) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return (hash >>> 0).toString(36);
}
