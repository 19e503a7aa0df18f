// `trunkline call …`

import ArgumentParser
import Projections

struct CallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "See calls, and why they went as they did.",
        subcommands: [List.self, Show.self, Why.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List calls in progress.")
        @OptionGroup var past: PastOption
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let calls = try past.calls(in: options.data) ?? parsed(options.readings().calls())
                try Printer.table(
                    calls,
                    columns: [
                        "call_id", "domain_name", "caller_number", "called_number", "destination",
                        "invite_at", "answered_at",
                    ], asJSON: options.json)
            } catch { throw Exit.failure(error) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one call.")
        @Argument(help: "Its id.") var call: String
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let readings = try options.readings()
                let id = call.lowercased()
                guard let document = try readings.call(id) ?? readings.record(call) else {
                    throw CommandError(
                        "there is no call \(call); `trunkline call list` shows what there is")
                }
                try Printer.object(try parsed([document])[0], asJSON: options.json)
            } catch { throw Exit.failure(error) }
        }
    }
}
