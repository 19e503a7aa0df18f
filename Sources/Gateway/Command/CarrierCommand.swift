// `trunkline carrier …` and `trunkline route …`

import ArgumentParser
import Domain

struct CarrierCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "carrier", abstract: "Manage the gateways that calls are sent to.",
        subcommands: [Create.self, List.self, Show.self, Replace.self, Delete.self])

    static let path = "/v1.0/carriers"

    struct Fields: ParsableArguments {
        @Option(help: "What people call it.") var name: String
        @Option(help: "An IP address, or a name with A or AAAA records.") var host: String
        @Option(help: "The port.") var port = 5_060
        @Option(help: "udp") var transport = "udp"

        var body: JSON {
            .object([
                JSON.Member("name", .string(name)), JSON.Member("host", .string(host)),
                JSON.Member("port", .integer(Int64(port))),
                JSON.Member("transport", .string(transport)),
            ])
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a carrier.")
        @OptionGroup var fields: Fields
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.change("POST", CarrierCommand.path, fields.body)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List carriers, newest first.")
        @OptionGroup var past: PastOption
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.list(
                CarrierCommand.path, columns: ["id", "name", "host", "port", "transport"],
                past: past)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one carrier.")
        @Argument(help: "Its id or name.") var carrier: String
        @OptionGroup var past: PastOption
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.show(CarrierCommand.path, carrier, alias: "name", past: past)
        }
    }

    struct Replace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Replace a carrier.")
        @Argument(help: "Its id or name.") var carrier: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            let id = try await options.id(of: carrier, CarrierCommand.path, alias: "name")
            try await options.change("PUT", "\(CarrierCommand.path)/\(id)", fields.body)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a carrier.")
        @Argument(help: "Its id or name.") var carrier: String
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            let id = try await options.id(of: carrier, CarrierCommand.path, alias: "name")
            try await options.change("DELETE", "\(CarrierCommand.path)/\(id)", nil)
        }
    }
}

struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Manage which numbers go where.",
        subcommands: [Create.self, List.self, Show.self, Replace.self, Delete.self])

    static let path = "/v1.0/routes"

    struct Fields: ParsableArguments {
        @Option(help: "The leading digits; empty for every number.") var prefix: String
        @Option(help: "Id or name of a carrier.") var carrier: String?
        @Flag(help: "The built-in destination that plays back what it hears.") var echo = false
        @Option(help: "A fixed SIP URI.") var to: String?
        @Option(help: "Lower is tried first.") var priority = 10
        @Option(help: "Share among routes of the same priority.") var weight = 1

        var body: JSON {
            var members = [
                JSON.Member("prefix", .string(prefix)),
                JSON.Member("priority", .integer(Int64(priority))),
                JSON.Member("weight", .integer(Int64(weight))),
            ]
            if let carrier { members.append(JSON.Member("carrier", .string(carrier))) }
            if let to { members.append(JSON.Member("uri", .string(to))) }
            if echo { members.append(JSON.Member("echo", .bool(true))) }
            return .object(members)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a route.")
        @OptionGroup var fields: Fields
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.change("POST", RouteCommand.path, fields.body)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List routes, newest first.")
        @OptionGroup var past: PastOption
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.list(
                RouteCommand.path,
                columns: ["id", "prefix", "carrier", "echo", "uri", "priority", "weight"],
                past: past)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one route.")
        @Argument(help: "Its id.") var route: String
        @OptionGroup var past: PastOption
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.show(RouteCommand.path, route, alias: "id", past: past)
        }
    }

    struct Replace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Replace a route.")
        @Argument(help: "Its id.") var route: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.change("PUT", "\(RouteCommand.path)/\(route)", fields.body)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a route.")
        @Argument(help: "Its id.") var route: String
        @OptionGroup var options: ObjectOptions
        func run() async throws {
            try await options.change("DELETE", "\(RouteCommand.path)/\(route)", nil)
        }
    }
}
