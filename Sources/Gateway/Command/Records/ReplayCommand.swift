// `trunkline replay`: a call as it was, from the log alone.

import ArgumentParser
import Domain
import EventStore
import Projections

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Show what happened in a call, from the log alone.",
        discussion: "Both legs as a ladder, with times from the first event on.")
    @Argument(help: "The call's id, or the SIP Call-ID of either leg.") var call: String
    @Flag(help: "Print the messages, too; secrets are masked.") var messages = false
    @OptionGroup var options: RecordOptions

    func run() throws {
        do {
            let records = try options.records(of: call)
            if options.json {
                for record in records { print(EventText.json(record).text) }
                return
            }
            print(Ladder(records).text, terminator: "")
            if messages { printMessages(records) }
        } catch { throw Exit.failure(error) }
    }

    private func printMessages(_ records: [Record]) {
        for record in records {
            switch record.event {
            case .requestReceived(let step), .responseReceived(let step):
                show(record, step, "from")
            case .requestSent(let step), .responseSent(let step): show(record, step, "to")
            default: break
            }
        }
    }

    private func show(_ record: Record, _ step: SignallingStep, _ way: String) {
        print("\n\(record.number)  \(record.stamp.wall)  \(way) \(step.remote)")
        print(String(decoding: EventText.masked(step), as: UTF8.self))
    }
}
