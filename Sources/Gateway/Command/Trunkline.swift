// The program.

import ArgumentParser
import Foundation

@main
struct Trunkline: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "trunkline", abstract: "An event-sourced SIP trunk gateway.",
        discussion: """
            Start with `trunkline serve`. Commands that talk to a gateway find it through --data DIR, \
            or take --api and --token. Exit status: 0 done, 1 refused or not found, 2 wrong usage, \
            3 damaged or missing log, or a difference or broken rule found, 4 failed disk.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, TrunkCommand.self, CarrierCommand.self, RouteCommand.self,
            CallCommand.self, CDRCommand.self, ReplayCommand.self, LogCommand.self,
            ProjectionsCommand.self, CheckCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // ArgumentParser's own status for wrong usage is 64, which scripts do not expect.
            if exitCode(for: error) == .validationFailure {
                Exit.standardError(fullMessage(for: error))
                Foundation.exit(Exit.usage.rawValue)
            }
            exit(withError: error)
        }
    }
}
