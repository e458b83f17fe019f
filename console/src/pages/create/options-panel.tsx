import { Segments } from "../../ui/segments.tsx";
import { CaptionPreview } from "./caption-preview.tsx";
import {
  ASPECTS,
  CAPTION_STYLES,
  CORNERS,
  MOTIONS,
  type Options,
  POSITIONS,
  QUALITIES,
  RESOLUTIONS,
  TRANSITIONS,
} from "./document.ts";
import type { ScannedFiles } from "./scan-files.ts";

const LABELS: Readonly<Record<string, string>> = {
  auto: "Varied",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  panLeft: "Pan left",
  panRight: "Pan right",
  topLeft: "Top left",
  topRight: "Top right",
  bottomLeft: "Bottom left",
  bottomRight: "Bottom right",
};

function label(value: string): string {
  return LABELS[value] ?? value.charAt(0).toUpperCase() + value.slice(1);
}

export function OptionsPanel(props: {
  readonly options: Options;
  readonly scan: ScannedFiles;
  readonly onChange: (options: Options) => void;
}) {
  const { options, scan, onChange } = props;
  const set = <Key extends keyof Options>(key: Key, value: Options[Key]): void =>
    onChange({ ...options, [key]: value });
  const hasSilent = scan.scenes.some(({ audio }) => audio === null);
  return (
    <form class="options" onSubmit={(event) => event.preventDefault()}>
      <Group title="Film">
        <label class="field">
          <span>Title</span>
          <input
            value={options.title}
            maxLength={500}
            onInput={(event) => set("title", event.currentTarget.value)}
          />
        </label>
        <Choice
          title="Frame"
          name="aspect"
          values={ASPECTS}
          value={options.aspect}
          set={(value) => set("aspect", value)}
        />
        <Choice
          title="Size"
          name="resolution"
          values={RESOLUTIONS}
          value={options.resolution}
          set={(value) => set("resolution", value)}
        />
        <Choice
          title="Quality"
          name="quality"
          values={QUALITIES}
          value={options.quality}
          set={(value) => set("quality", value)}
        />
      </Group>
      <Group title="Captions">
        <fieldset class="caption-tiles">
          <legend class="hidden">Caption style</legend>
          {CAPTION_STYLES.map((style) => (
            <label key={style} class="caption-tile">
              <input
                type="radio"
                name="captions"
                checked={style === options.captions}
                onChange={() => set("captions", style)}
              />
              <span class="tile-frame" aria-hidden="true">
                <CaptionPreview style={style} position="middle" text="A caption" isStill />
              </span>
              <span class="tile-name">{label(style)}</span>
            </label>
          ))}
        </fieldset>
        <Choice
          title="Position"
          name="position"
          values={POSITIONS}
          value={options.position}
          set={(value) => set("position", value)}
        />
      </Group>
      <Group title="Motion">
        <Pick title="Camera" values={MOTIONS} value={options.motion} set={(value) => set("motion", value)} />
        {options.motion === "none" ? null : (
          <Slide
            title="Travel"
            value={options.amount}
            min={0.02}
            max={0.4}
            step={0.01}
            set={(value) => set("amount", value)}
          />
        )}
        <Pick
          title="Transition"
          values={TRANSITIONS}
          value={options.transition}
          set={(value) => set("transition", value)}
        />
        {hasSilent ? (
          <label class="field">
            <span>Seconds per picture without narration</span>
            <input
              type="number"
              min={0.5}
              max={600}
              step={0.5}
              value={options.pictureSeconds}
              onInput={(event) => {
                const seconds = event.currentTarget.valueAsNumber;
                if (seconds > 0) set("pictureSeconds", seconds);
              }}
            />
          </label>
        ) : null}
      </Group>
      {scan.soundtrack === null ? null : (
        <Group title="Music">
          <Slide
            title="Volume"
            value={options.musicVolume}
            min={0}
            max={1}
            step={0.01}
            set={(value) => set("musicVolume", value)}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={options.duck}
              onChange={(event) => set("duck", event.currentTarget.checked)}
            />
            <span>Lower it while someone speaks</span>
          </label>
        </Group>
      )}
      {scan.watermark === null ? null : (
        <Group title="Watermark">
          <Pick
            title="Corner"
            values={CORNERS}
            value={options.corner}
            set={(value) => set("corner", value)}
          />
        </Group>
      )}
    </form>
  );
}

function Group(props: { readonly title: string; readonly children: preact.ComponentChildren }) {
  return (
    <section class="group">
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

function Choice<Value extends string>(props: {
  readonly title: string;
  readonly name: string;
  readonly values: readonly Value[];
  readonly value: Value;
  readonly set: (value: Value) => void;
}) {
  return (
    <div class="field">
      <span aria-hidden="true">{props.title}</span>
      <Segments
        label={props.title}
        name={props.name}
        value={props.value}
        options={props.values.map((value) => ({ value, label: label(value) }))}
        onChange={props.set}
      />
    </div>
  );
}

function Pick<Value extends string>(props: {
  readonly title: string;
  readonly values: readonly Value[];
  readonly value: Value;
  readonly set: (value: Value) => void;
}) {
  return (
    <label class="field">
      <span>{props.title}</span>
      <select value={props.value} onChange={(event) => props.set(event.currentTarget.value as Value)}>
        {props.values.map((value) => (
          <option key={value} value={value}>
            {label(value)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Slide(props: {
  readonly title: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly set: (value: number) => void;
}) {
  return (
    <label class="field">
      <span>
        {props.title} <span class="quiet figures">{Math.round(props.value * 100)} %</span>
      </span>
      <input
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        onInput={(event) => props.set(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}
