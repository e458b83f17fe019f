import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../../keyboard.ts";
import { go } from "../../router.ts";
import { LoadError } from "../../ui/error-panel.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Segments } from "../../ui/segments.tsx";
import { useTitle } from "../../ui/use-title.ts";
import type { Filter } from "./merge.ts";
import { ProductionRow } from "./production-row.tsx";
import { useProductions } from "./use-productions.ts";

const FILTERS = [
  { value: "all", label: "All" },
  { value: "active", label: "In progress" },
  { value: "succeeded", label: "Done" },
  { value: "failed", label: "Failed" },
  { value: "canceled", label: "Canceled" },
] as const;

const TYPING_MS = 200;

export function ListPage() {
  useTitle("Productions");
  const [filter, setFilter] = useState<Filter>("all");
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  const [selected, setSelected] = useState(-1);
  const searchField = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const { rows, error, hasMore, more, reload } = useProductions(filter, search);

  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    if (end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && more(), {
      rootMargin: "600px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [more, hasMore]);
  const move = (step: number): void => {
    const next = Math.min(Math.max(selected + step, 0), (rows?.length ?? 0) - 1);
    setSelected(next);
    const row = list.current?.children[next];
    row?.querySelector("a")?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  };
  useKeys({
    "/": () => searchField.current?.focus(),
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const row = rows?.[selected];
      if (row !== undefined) go(`/productions/${row.id}`);
    },
  });
  const isFiltered = filter !== "all" || search !== "";
  if (rows?.length === 0 && !isFiltered && error === null) return <NoProductions />;
  return (
    <div class="page">
      <div class="page-head">
        <h1>Productions</h1>
        <Segments label="Show" name="filter" value={filter} options={FILTERS} onChange={setFilter} />
        <label class="search">
          <span class="hidden">Search by title</span>
          <Icon name="search" />
          <input
            ref={searchField}
            type="search"
            placeholder="Search titles"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <kbd>/</kbd>
        </label>
      </div>
      {error === null ? null : (
        <LoadError title="The list could not be loaded" error={error} retry={reload} />
      )}
      {rows === null ? (
        error === null ? (
          <ListSkeleton />
        ) : null
      ) : rows.length === 0 ? (
        <div class="nothing">
          <p>{search === "" ? "No productions here." : `No title contains “${search}”.`}</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              setFilter("all");
              setTyped("");
            }}
          >
            Show all
          </button>
        </div>
      ) : (
        <ul class="rows" ref={list}>
          {rows.map((row, index) => (
            <ProductionRow
              key={row.id}
              row={row}
              isSelected={index === selected}
              onFocus={() => setSelected(index)}
            />
          ))}
        </ul>
      )}
      <div ref={end} class="list-end">
        {hasMore ? <span class="hidden">Loading more</span> : null}
      </div>
    </div>
  );
}

function NoProductions() {
  return (
    <div class="welcome">
      <div class="welcome-frames" aria-hidden="true">
        <span style={{ flexGrow: 3 }} />
        <span style={{ flexGrow: 2 }} />
        <span class="lit" style={{ flexGrow: 4 }} />
        <span style={{ flexGrow: 2 }} />
        <span style={{ flexGrow: 3 }} />
      </div>
      <h1>No films yet</h1>
      <p>
        Turn a folder of pictures and narration into a finished film, with motion, captions, music and even
        sound.
      </p>
      <a class="button accent large" href="/new">
        Make your first film
      </a>
      <p class="quiet">
        or press <kbd>n</kbd>
      </p>
      <p class="quiet">
        To make a film from a text, run <code>npx reelburst make article.md</code>
      </p>
    </div>
  );
}

function ListSkeleton() {
  return (
    <ul class="rows" aria-hidden="true">
      {Array.from({ length: 6 }, (_, index) => (
        <li key={index} class="row ghost">
          <span class="poster skeleton" />
          <span class="row-title">
            <span class="skeleton line" style={{ width: `${[38, 52, 30, 44, 36, 48][index]}%` }} />
            <span class="skeleton line thin" style={{ width: "18%" }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
