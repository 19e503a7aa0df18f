import Foundation
import Gateway
import Domain
import Testing

/// Settings as operators write them. The environment belongs to the whole process: one at a time.
@Suite(.serialized) struct SettingsTests {
    private func load(_ yaml: String) async throws -> Settings {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
        try Data(yaml.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await Settings.load(file: file.path())
    }

    @Test(arguments: [true, false]) func switchesFromAFile(isOn: Bool) async throws {
        for quote in ["", "\""] {
            let settings = try await load(
                "log_strict_marks: \(quote)\(isOn)\(quote)\n"
                    + "allow_unsafe_filesystem: \(quote)\(isOn)\(quote)\n")
            #expect(settings.hasStrictMarks == isOn)
            #expect(settings.allowsUnsafeFileSystem == isOn)
        }
    }

    @Test(arguments: [true, false]) func switchesFromTheEnvironment(isOn: Bool) async throws {
        let names = ["TRUNKLINE_LOG_STRICT_MARKS", "TRUNKLINE_ALLOW_UNSAFE_FILESYSTEM"]
        for name in names { setenv(name, "\(isOn)", 1) }
        defer { for name in names { unsetenv(name) } }
        let settings = try await load("log_strict_marks: \(!isOn)\n")
        #expect(settings.hasStrictMarks == isOn)
        #expect(settings.allowsUnsafeFileSystem == isOn)
    }

    @Test func whatIsNoSwitchIsRefused() async throws {
        for text in ["maybe", "1", "[true]"] {
            let error = await #expect(throws: SettingsError.self) {
                try await load("log_strict_marks: \(text)\n")
            }
            #expect(error?.description.contains("log_strict_marks") == true)
        }
    }

    @Test func segmentSizes() async throws {
        #expect(try await load("log_segment_mebibytes: 16\n").logSegmentMebibytes == 16)
        for text in ["0", "1025", "-1", "64M"] {
            await #expect(throws: SettingsError.self) {
                try await load("log_segment_mebibytes: \(text)\n")
            }
        }
    }
    /// A replay finds the core as it was set then.
    @Test func theRecordOfAStartTellsTheCoreTheSame() throws {
        var settings = Settings()
        settings.baseDomain = "Sip.Example.com"
        settings.sipListen = ["udp:0.0.0.0:5060", "udp:[::1]:5062"]
        settings.advertise = ["203.0.113.9", "sip.example.com:5070"]
        settings.rtpAdvertise = ["203.0.113.10"]
        settings.rtpPorts = 20_000...20_999
        settings.ringTimeout = .seconds(7)
        settings.maximumDuration = .seconds(86_400)
        settings.noReplyTimeout = .seconds(3)
        settings.mediaSilence = .seconds(11)
        let start = GatewayStarted(
            build: "1.2.3", bootID: "", epoch: 1, baseDomain: "sip.example.com",
            configuration: settings.recorded)
        let found = try #require(Settings(recorded: start)).switchboard(build: start.build)
        #expect(found.product == "Trunkline/1.2.3")
        #expect("\(found)" == "\(try settings.switchboard(build: "1.2.3"))")
        #expect(
            Settings(
                recorded: GatewayStarted(
                    build: "", bootID: "", epoch: 1, baseDomain: "", configuration: [])) == nil)
    }
}
