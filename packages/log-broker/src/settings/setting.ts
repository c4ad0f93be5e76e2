/** A setting as Kafka documents it. */
export interface SettingDefault {
  readonly name: string;
  /** Kafka's type: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password. */
  readonly type: number;
  readonly isSensitive: boolean;
  readonly value: string | null;
  readonly help: string;
}

/** A setting as DescribeConfigs shows it. */
export interface DescribedSetting {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly configType: number;
  readonly documentation: string | null;
  /** Where the value comes from, the one in effect first. */
  readonly synonyms: { readonly name: string; readonly value: string | null; readonly source: number }[];
}

/** Where a value comes from, by the numbers of the protocol. */
export const SOURCE_TOPIC = 1;
export const SOURCE_STATIC_BROKER = 4;
export const SOURCE_DEFAULT = 5;

/** `synonyms`: where the value comes from, the one in effect first. */
export function describeSetting(
  setting: SettingDefault,
  synonyms: DescribedSetting['synonyms'],
  readOnly: boolean,
): DescribedSetting {
  const inEffect = synonyms[0] ?? { value: setting.value, source: SOURCE_DEFAULT };
  return {
    name: setting.name,
    value: setting.isSensitive ? null : inEffect.value,
    readOnly,
    configSource: inEffect.source,
    isSensitive: setting.isSensitive,
    configType: setting.type,
    documentation: setting.help,
    synonyms,
  };
}
