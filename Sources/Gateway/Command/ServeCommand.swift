// `trunkline serve`: the gateway.

import ArgumentParser
import Domain
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway.",
        discussion: """
            Options win over environment variables (TRUNKLINE_DATA, TRUNKLINE_SIP_LISTEN, …), and \
            those over the file. SIGTERM ends it: no new calls are taken, calls in progress go on at \
            the next start. SIGHUP ends it at once, for another process to go on.
            """)

    @Option(help: "A YAML file; deploy/trunkline.yaml is a commented sample.")
    var config: String?
    @Option(help: "The directory of the log and the projections (default: ./data).")
    var data: String?
    @Option(help: "Trunks are sip:NUMBER@LABEL.trunk.NAME (default: localhost).")
    var baseDomain: String?
    @Option(help: "udp:HOST:PORT, once for each socket (default: udp:127.0.0.1:5060).")
    var sipListen: [String] = []
    @Option(help: "HOST[:PORT] by which peers reach a listener, in the same order.")
    var advertise: [String] = []
    @Option(help: "HOST:PORT of the HTTP API (default: 127.0.0.1:8080).")
    var apiListen: String?
    @Option(help: "LOW-HIGH (default: 16384-32767).")
    var rtpPorts: String?
    @Option(help: "The address that session descriptions name.")
    var rtpAdvertise: [String] = []
    @Flag(
        help:
            "Run the gateway as a child: start it again when it dies, and keep its sockets meanwhile."
    )
    var supervise = false

    func run() async throws {
        if !supervise { Allocator.tune() }
        do {
            var settings = try await Settings.load(file: config)
            if let data { settings.data = data }
            if let baseDomain { settings.baseDomain = baseDomain }
            if !sipListen.isEmpty { settings.sipListen = sipListen }
            if !advertise.isEmpty { settings.advertise = advertise }
            if let apiListen { settings.apiListen = apiListen }
            if let rtpPorts { settings.rtpPorts = try Settings.range(rtpPorts) }
            if !rtpAdvertise.isEmpty { settings.rtpAdvertise = rtpAdvertise }
            try settings.check()
            if supervise { throw try await supervised() }
            try await Gateway(settings: settings).run()
        } catch {
            throw Exit.failure(error)
        }
    }

    /// The same command without `--supervise`, as a child.
    private func supervised() async throws -> ExitCode {
        let arguments = CommandLine.arguments.dropFirst().filter { $0 != "--supervise" }
        let logger = Logger(label: "trunkline") { StreamLogHandler.standardError(label: $0) }
        return try await Supervisor(arguments: Array(arguments), logger: logger).run()
    }
}
