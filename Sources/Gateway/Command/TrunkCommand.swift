// `trunkline trunk …`

import ArgumentParser
import Domain

struct TrunkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunk", abstract: "Manage the trunks of customers.",
        subcommands: [Create.self, List.self, Show.self, Replace.self, Delete.self, Rotate.self])

    static let path = "/v1.0/trunks"
    static let columns = ["id", "domain_name", "name", "auth_types", "username", "server"]

    struct Fields: ParsableArguments {
        @Option(help: "What people call it (default: the domain name).")
        var name: String?
        @Option(help: "Notes.")
        var detail: String?
        @Option(help: "UUID of the customer.")
        var customer: String?
        @Option(help: "basic or ip; twice for both.")
        var auth: [String]
        @Option(help: "Username for basic.")
        var username: String?
        @Option(help: "Password for basic; one is made when it is left out.")
        var password: String?
        @Option(help: "Address or CIDR for ip; may be repeated.")
        var allowIp: [String] = []
        @Flag(help: "Calls to the gateway's bare address from these sources are this trunk's.")
        var bareAddress = false
        @Option(help: "MD5, SHA-256 or SHA-512-256, in the order of the challenges.")
        var digest: [String] = []
        @Option(help: "both or to_caller.")
        var earlyMedia: String?

        func body(domain: String?) -> JSON {
            var members = [
                JSON.Member("name", .string(name ?? domain ?? "")),
                JSON.Member("auth_types", .array(auth.map { .string($0) })),
                JSON.Member("bare_address", .bool(bareAddress)),
            ]
            let texts: [(String, String?)] = [
                ("detail", detail), ("customer_id", customer), ("username", username),
                ("password", password), ("early_media", earlyMedia), ("domain_name", domain),
            ]
            for (name, value) in texts {
                if let value { members.append(JSON.Member(name, .string(value))) }
            }
            for (name, values) in [("allowed_ips", allowIp), ("digest_algorithms", digest)]
            where !values.isEmpty {
                members.append(JSON.Member(name, .array(values.map { .string($0) })))
            }
            return .object(members)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a trunk.")
        @Option(help: "The DNS label of its server address.")
        var domain: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: ObjectOptions

        func run() async throws {
            try await options.change("POST", TrunkCommand.path, fields.body(domain: domain))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List trunks, newest first.")
        @OptionGroup var past: PastOption
        @OptionGroup var options: ObjectOptions

        func run() async throws {
            try await options.list(TrunkCommand.path, columns: TrunkCommand.columns, past: past)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one trunk.")
        @Argument(help: "Its id or domain name.") var trunk: String
        @OptionGroup var past: PastOption
        @OptionGroup var options: ObjectOptions

        func run() async throws {
            try await options.show(TrunkCommand.path, trunk, alias: "domain_name", past: past)
        }
    }

    struct Replace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace everything but the domain name.")
        @Argument(help: "Its id or domain name.") var trunk: String
        @OptionGroup var fields: Fields
        @OptionGroup var options: ObjectOptions

        func run() async throws {
            let id = try await options.id(of: trunk, TrunkCommand.path, alias: "domain_name")
            try await options.change("PUT", "\(TrunkCommand.path)/\(id)", fields.body(domain: nil))
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a trunk.")
        @Argument(help: "Its id or domain name.") var trunk: String
        @OptionGroup var options: ObjectOptions

        func run() async throws {
            let id = try await options.id(of: trunk, TrunkCommand.path, alias: "domain_name")
            try await options.change("DELETE", "\(TrunkCommand.path)/\(id)", nil)
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a trunk a new password.")
        @Argument(help: "Its id or domain name.") var trunk: String
        @Option(help: "A new username, too.") var username: String?
        @Option(help: "The password; one is made when it is left out.") var password: String?
        @OptionGroup var options: ObjectOptions

        func run() async throws {
            let id = try await options.id(of: trunk, TrunkCommand.path, alias: "domain_name")
            let texts = [("username", username), ("password", password)]
            let members = texts.compactMap { name, value in
                value.map { JSON.Member(name, .string($0)) }
            }
            try await options.change("POST", "\(TrunkCommand.path)/\(id)/rotate", .object(members))
        }
    }
}
