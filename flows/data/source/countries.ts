import { createRequire } from "node:module";
import { nameTokens, normaliseName } from "../names.js";

/** What a country's paragraph may tell, one closed or open value each; absent where no single fitting value exists. */
export interface Country {
  /** ISO 3166 alpha-2. */
  readonly code: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly capital?: string;
  /** ISO 4217 code. */
  readonly currency?: string;
  readonly continent?: string;
  readonly language?: string;
  /** International calling code, digits only. */
  readonly callingCode?: string;
  /** Abbreviation of the capital's standard time. */
  readonly capitalZone?: string;
}

/** A city that tzdb lists as a main city of a zone. */
export interface ZonedCity {
  readonly name: string;
  /** ISO 3166 alpha-2 of its country. */
  readonly country: string;
}

interface RawCountry {
  readonly name: string;
  readonly continent: string;
  readonly capital: string;
  readonly currency: readonly string[];
  readonly languages: readonly string[];
  readonly phone: readonly number[];
}

interface RawList {
  readonly countries: Readonly<Record<string, RawCountry>>;
  readonly languages: Readonly<Record<string, { readonly name: string }>>;
}

interface RawZone {
  readonly countryCode: string;
  readonly mainCities: readonly string[];
  readonly abbreviation: string;
  /** Minutes east of UTC in winter. */
  readonly rawOffsetInMinutes: number;
}

// The names under which WordNet knows countries that were renamed since, or that are spelt otherwise there.
const otherNames: ReadonlyMap<string, string> = new Map([
  ["CV", "Cape Verde"],
  ["CZ", "Czech Republic"],
  ["MK", "Macedonia"],
  ["SZ", "Swaziland"],
  ["TR", "Turkey"],
]);

// South America is left out: its wording would share a word with North America.
const continents: ReadonlyMap<string, string> = new Map([
  ["AF", "Africa"],
  ["AS", "Asia"],
  ["EU", "Europe"],
  ["NA", "North America"],
  ["OC", "Oceania"],
]);

// Funds and units of account, which the source lists beside a country's money.
const fundCodes = new Set(["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "USS", "UYI", "UYW"]);

// At most three plain words: a long name costs the small model's context.
const plain = /^[A-Z][A-Za-z'.-]*(?: [A-Z][A-Za-z'.-]*| and [A-Z][a-z]+){0,2}$/u;
const require = createRequire(import.meta.url);

function load<T>(path: string): T {
  return require(path) as T;
}

/** The unit's name of each ISO 4217 code ("JPY" is counted in "yen"), where one plain word says it. */
export function readUnits(): ReadonlyMap<string, string> {
  const raw = load<{ currencies: Record<string, { readonly name: string }> }>(
    "countries-list/currencies",
  ).currencies;
  const units = new Map<string, string>();
  for (const code of Object.keys(raw).sort()) {
    const unit = (raw[code] as { name: string }).name.split(" ").at(-1) as string;
    // X codes are metals, funds and unions' accounting units, whose names are no units of a country's money.
    if (
      /^[A-Z][a-z]+$/u.test(unit) &&
      !code.startsWith("X") &&
      !["Unit", "Gold", "Soberano"].includes(unit)
    ) {
      units.set(code, unit.toLowerCase());
    }
  }
  for (const [code, unit] of [
    ["XAF", "franc"],
    ["XCD", "dollar"],
    ["XOF", "franc"],
    ["XPF", "franc"],
  ] as const) {
    units.set(code, unit);
  }
  return units;
}

/** "UTC+5:30": an offset from UTC as it is written. */
function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? "" : `:${String(size % 60).padStart(2, "0")}`;
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(size / 60)}${rest}`;
}

/** Offset of each zone abbreviation that means one offset only ("CST" means two and is left out). */
export function readOffsets(): ReadonlyMap<string, string> {
  const found = new Map<string, Set<number>>();
  for (const zone of load<readonly RawZone[]>("@vvo/tzdb/raw-time-zones.json")) {
    const offsets = found.get(zone.abbreviation) ?? new Set<number>();
    found.set(zone.abbreviation, offsets.add(zone.rawOffsetInMinutes));
  }
  const out = new Map<string, string>();
  for (const [abbreviation, offsets] of found) {
    const [minutes, ...others] = offsets;
    if (minutes !== undefined && others.length === 0) out.set(abbreviation, offsetText(minutes));
  }
  return out;
}

/** All countries and territories with a plain name, sorted by code, and the main cities of their time zones. */
export function readCountries(): {
  readonly countries: readonly Country[];
  readonly cities: readonly ZonedCity[];
} {
  const { countries: raw, languages } = load<RawList>("countries-list");
  const zones = load<readonly RawZone[]>("@vvo/tzdb/raw-time-zones.json");
  const capitals = Object.values(raw).map((entry) => normaliseName(entry.capital));
  const isUnique = (capital: string): boolean =>
    capitals.filter((name) => name === normaliseName(capital)).length === 1;
  const countries: Country[] = [];
  for (const code of Object.keys(raw).sort()) {
    const entry = raw[code] as RawCountry;
    const other = otherNames.get(code);
    const name = plain.test(entry.name) ? entry.name : other;
    if (name === undefined || !plain.test(name)) continue;
    const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);
    const isClear =
      plain.test(entry.capital) &&
      isUnique(entry.capital) &&
      nameTokens(entry.capital).every((word) => !nameTokens(name).includes(word));
    const capital = isClear ? entry.capital : undefined;
    const continent = continents.get(entry.continent);
    const currency = only(entry.currency.filter((item) => !fundCodes.has(item)));
    const tongue = only(entry.languages);
    const language = tongue === undefined ? undefined : languages[tongue]?.name;
    const callingCode = only(entry.phone);
    const own = zones.filter((zone) => zone.countryCode === code);
    const near = own.filter((zone) => zone.mainCities.includes(entry.capital));
    const zone = only([...new Set((near.length > 0 ? near : own).map((z) => z.abbreviation))]);
    countries.push({
      code,
      name,
      aliases: other === undefined || other === name ? [] : [other],
      ...(capital === undefined ? {} : { capital }),
      ...(continent === undefined ? {} : { continent }),
      ...(currency === undefined ? {} : { currency }),
      ...(language === undefined || !/^[A-Z][a-z]+$/u.test(language) ? {} : { language }),
      ...(callingCode === undefined ? {} : { callingCode: String(callingCode) }),
      ...(capital === undefined || zone === undefined || !/^[A-Z]{3,5}$/u.test(zone)
        ? {}
        : { capitalZone: zone }),
    });
  }
  const cities = zones
    .flatMap((zone) => zone.mainCities.map((name) => ({ name, country: zone.countryCode })))
    .filter((city) => plain.test(city.name))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.country < b.country ? -1 : 1));
  return { countries, cities };
}
