// `trunkline replay`: a call as it was, from the log alone.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Show what happened in a call, from the log alone.",
        discussion: """
            Both legs as a ladder, with times from the first message on; · is a decision, ~ is media, ! is \
            a failure, x3 says that a message was seen three times. Secrets are masked in every format.

            With --check the recorded inputs of the call, of a time or of the whole log are run again by \
            this program, and every decision and every byte sent is compared with the record. Exit status 3 \
            when something differs.

            With --what-if they are run under other trunks, carriers, routes or limits, which stand in a \
            JSON file, and the calls that would have gone otherwise are listed. Nothing is written. Exit \
            status 3 when there are any.
            """)

    /// What the call is written as.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, svg, mermaid, json, pcapng, hep, sipp
    }

    @Argument(help: "The call's id, its CDR number, or the SIP Call-ID of either leg.") var call:
        String?
    @Flag(help: "Run it again, and compare.") var check = false
    @Option(help: "Run it again under what this JSON file supposes, and list what changes.")
    var whatIf: String?
    @Option(help: "With --check or --what-if and without a call: from this time on.")
    var from: WallTime?
    @Option(help: "With --check or --what-if and without a call: up to this time.")
    var to: WallTime?
    @Option(
        help: """
            text, svg (a picture), mermaid (for a ticket), json (events, as --json), pcapng (for Wireshark, \
            tshark and sngrep), hep (to a collector), or sipp (scenarios that make the call again).
            """)
    var format = Format.text
    @Option(help: "Write to this file instead of standard output; with sipp to this directory.")
    var output: String?
    @Option(help: "Where the collector listens, for hep: HOST:PORT.") var collector: String?
    @Flag(help: "Print the messages, too.") var messages = false
    @Flag(help: "Walk through the call event by event, with its state; q ends.") var step = false
    @OptionGroup var options: RecordOptions

    func validate() throws {
        let runs = check || whatIf != nil
        guard runs || call != nil else {
            throw ValidationError("name a call, or --check the whole log")
        }
        guard !check || whatIf == nil else {
            throw ValidationError("--check compares with what was, --what-if with what was not")
        }
        guard from == nil && to == nil || runs && call == nil else {
            throw ValidationError(
                "--from and --to go with --check or --what-if, and without a call")
        }
        if runs, format != .text || messages || step || output != nil {
            throw ValidationError(
                "--check and --what-if go with --from, --to, --json and --data")
        }
        if messages, format != .text || options.json {
            throw ValidationError("--messages goes with --format text")
        }
        if step, format != .text || options.json || messages || output != nil {
            throw ValidationError("--step goes with no other option but --data")
        }
        if (format == .hep) != (collector != nil) {
            throw ValidationError("--format hep and --collector HOST:PORT go together")
        }
        if format == .sipp, output == nil {
            throw ValidationError("--format sipp needs --output DIRECTORY")
        }
        if format == .pcapng, output == nil, isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("a terminal cannot show a capture; give --output FILE")
        }
    }

    func run() throws {
        do {
            let source = ReplaySource(options: options, call: call, from: from, to: to)
            if check { return try ReplayCheck(source: source).run() }
            if let whatIf { return try ReplayWhatIf(file: whatIf, source: source).run() }
            let records = try options.records(of: call ?? "")
            guard let ladder = Ladder(records) else { return }
            if step { return walk(records, ladder) }
            switch format {
            case .hep: try send(ladder)
            case .sipp: try writeScenarios(ladder)
            case .pcapng: try write(Data(PacketCapture(ladder).bytes), to: output)
            default: try write(Data(text(ladder, records).utf8), to: output)
            }
        } catch { throw Exit.failure(error) }
    }

    private func text(_ ladder: Ladder, _ records: [Record]) -> String {
        switch format {
        case _ where options.json || format == .json:
            records.map { EventText.json($0).text + "\n" }.joined()
        case .svg: LadderSVG(ladder).text
        case .mermaid: LadderMermaid(ladder).text
        default: LadderText(ladder).text + (messages ? Self.messages(ladder) : "")
        }
    }

    private static func messages(_ ladder: Ladder) -> String {
        ladder.rungs.compactMap { rung in
            guard case .message(let arrow) = rung.content else { return nil }
            let way = arrow.isReceived ? "from" : "to"
            return "\n\(rung.number)  \(rung.at)  \(way) \(arrow.step.remote)\n"
                + String(decoding: EventText.masked(arrow.step), as: UTF8.self) + "\n"
        }.joined()
    }

    private func send(_ ladder: Ladder) throws {
        guard let collector else { return }
        let datagrams = CapturePacket(ladder).datagrams
        try Collector(collector).send(datagrams)
        print("\(datagrams.count) messages sent to \(collector)")
    }

    private func writeScenarios(_ ladder: Ladder) throws {
        guard let output else { return }
        try? FileManager.default.createDirectory(
            atPath: output, withIntermediateDirectories: true)
        for scenario in SIPpScenario.all(of: ladder) {
            let path = "\(output)/\(scenario.fileName)"
            try write(Data(scenario.text.utf8), to: path)
            print("\(path): \(scenario.usage)")
        }
    }

    private func write(_ data: Data, to path: String?) throws {
        guard let path else { return FileHandle.standardOutput.write(data) }
        do { try data.write(to: URL(fileURLWithPath: path)) } catch {
            throw CommandError("\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
