// Where settings come from: the YAML file and the environment, under the same names.

import Configuration
import Domain
import Foundation

extension Settings {
    /// The keys of the file. In the environment each is in upper case after `TRUNKLINE_`.
    static let keys: Set<String> = [
        "data", "base_domain", "sip_listen", "advertise", "api_listen", "rtp_ports",
        "rtp_advertise", "ring_timeout_seconds", "maximum_duration_seconds",
        "no_reply_timeout_seconds", "media_silence_seconds", "drain_timeout_seconds", "log_level",
        "log_segment_mebibytes", "log_strict_marks", "allow_unsafe_filesystem",
    ]

    /// Those that may be a list.
    private static let lists: Set<String> = ["sip_listen", "advertise", "rtp_advertise"]

    /// Reads the file, if there is one, and the environment.
    package static func load(file: String?) async throws -> Settings {
        var settings = Settings()
        if let file, case let present = try keys(in: file), !present.isEmpty {
            do {
                let path = InMemoryProvider(values: [
                    "filePath": ConfigValue(.string(file), isSecret: false)
                ])
                let provider = try await FileProvider<YAMLSnapshot>(
                    config: ConfigReader(provider: path))
                let reader = ConfigReader(provider: provider)
                try check(present, in: reader, of: file)
                try settings.take(reader)
            } catch let error as SettingsError {
                throw error
            } catch {
                throw SettingsError("cannot read the configuration \(file): \(error)")
            }
        }
        let environment = ConfigReader(provider: EnvironmentVariablesProvider())
        try settings.take(environment.scoped(to: "trunkline"))
        return settings
    }

    /// The keys at the top of the file, in their order. One that is not known is a mistake that would
    /// otherwise go unnoticed.
    private static func keys(in file: String) throws -> [String] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw SettingsError(
                "cannot read the configuration \(file); check the path and its mode")
        }
        var found: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, !first.isWhitespace, first != "#",
                !line.hasPrefix("---"), !line.hasPrefix("...")
            else { continue }
            // An item of a list that is not indented.
            if line == "-" || line.hasPrefix("- "), !found.isEmpty { continue }
            guard let colon = line.firstIndex(of: ":") else {
                throw SettingsError("\(file) has the line \(line), which is not KEY: VALUE")
            }
            let key = line[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "\"' "))
            guard keys.contains(key) else {
                throw SettingsError(
                    "\(file) has the key \(key), which does not exist; there are "
                        + keys.sorted().joined(separator: ", "))
            }
            found.append(key)
        }
        return found
    }

    /// A value of another shape reads as if it were not there.
    private static func check(
        _ present: [String], in reader: ConfigReader, of file: String
    ) throws {
        for key in present where reader.string(forKey: ConfigKey(key)) == nil {
            let isList = reader.stringArray(forKey: ConfigKey(key)) != nil
            guard isList, lists.contains(key) else {
                throw SettingsError(
                    "\(file) has a value for \(key) that cannot be read; "
                        + (lists.contains(key) ? "give a list of texts" : "give one text or number")
                )
            }
        }
    }

    private mutating func take(_ reader: ConfigReader) throws {
        if let value = reader.string(forKey: "data") { data = value }
        if let value = reader.string(forKey: "base_domain") { baseDomain = value }
        if let values = Self.list(reader, "sip_listen") { sipListen = values }
        if let values = Self.list(reader, "advertise") { advertise = values }
        if let value = reader.string(forKey: "api_listen") { apiListen = value }
        if let value = reader.string(forKey: "rtp_ports") { rtpPorts = try Self.range(value) }
        if let values = Self.list(reader, "rtp_advertise") { rtpAdvertise = values }
        if let value = reader.string(forKey: "log_level") { logLevel = value }
        if let text = reader.string(forKey: "log_segment_mebibytes") {
            guard let value = Int(text), 1...1_024 ~= value else {
                throw SettingsError("log_segment_mebibytes is \(text), which is not 1 to 1024")
            }
            logSegmentMebibytes = value
        }
        hasStrictMarks = try Self.flag(reader, "log_strict_marks") ?? hasStrictMarks
        allowsUnsafeFileSystem =
            try Self.flag(reader, "allow_unsafe_filesystem") ?? allowsUnsafeFileSystem
        ringTimeout = try Self.seconds(reader, "ring_timeout_seconds") ?? ringTimeout
        maximumDuration = try Self.seconds(reader, "maximum_duration_seconds") ?? maximumDuration
        noReplyTimeout = try Self.seconds(reader, "no_reply_timeout_seconds") ?? noReplyTimeout
        mediaSilence = try Self.seconds(reader, "media_silence_seconds") ?? mediaSilence
        drainTimeout = try Self.seconds(reader, "drain_timeout_seconds") ?? drainTimeout
    }

    /// A list, or one text with commas.
    private static func list(_ reader: ConfigReader, _ key: String) -> [String]? {
        if let values = reader.stringArray(forKey: ConfigKey(key)) {
            return values.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        return reader.string(forKey: ConfigKey(key)).map { text in
            text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static func flag(_ reader: ConfigReader, _ key: String) throws -> Bool? {
        guard let text = reader.string(forKey: ConfigKey(key)) else { return nil }
        guard let value = Bool(text) else {
            throw SettingsError("\(key) is \(text); write true or false")
        }
        return value
    }

    private static func seconds(_ reader: ConfigReader, _ key: String) throws -> Duration? {
        guard let text = reader.string(forKey: ConfigKey(key)) else { return nil }
        guard let value = Int64(text), 1...86_400_000 ~= value else {
            throw SettingsError("\(key) is \(text), which is not a number of seconds from 1")
        }
        return .seconds(value)
    }

    /// `LOW-HIGH`.
    package static func range(_ text: String) throws -> ClosedRange<UInt16> {
        let parts = text.split(separator: "-").compactMap { UInt16($0) }
        guard parts.count == 2, parts[0] >= 1_024, parts[0] % 2 == 0, parts[1] > parts[0] else {
            throw SettingsError(
                "\(text) is not a range of RTP ports; write LOW-HIGH, from an even LOW of 1024 or more"
            )
        }
        return parts[0]...parts[1]
    }
}
