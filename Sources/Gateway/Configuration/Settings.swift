// The effective configuration: flags win over environment variables, those over the YAML file, and what
// none of them says has a default.

package import Domain
package import EventStore
import Logging

/// A configuration that cannot be used, in one line that says what to do.
package struct SettingsError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Everything a gateway is told at its start.
package struct Settings: Sendable {
    package var data = "./data"
    package var baseDomain = "localhost"
    /// `udp:HOST:PORT`, at least one.
    package var sipListen = ["udp:127.0.0.1:5060"]
    /// `HOST[:PORT]`, one for each listener in order, or one for all.
    package var advertise: [String] = []
    package var apiListen = "127.0.0.1:8080"
    package var rtpPorts: ClosedRange<UInt16> = 16_384...32_767
    package var rtpAdvertise: [String] = []
    package var ringTimeout = Limits.ringTimeout
    package var maximumDuration = Limits.maximumDuration
    package var noReplyTimeout = Limits.noReplyTimeout
    package var mediaSilence = Limits.mediaSilence
    package var drainTimeout = Duration.seconds(5)
    package var logLevel = "info"
    package var logSegmentMebibytes = Limits.segmentBytes >> 20
    /// The mark of the log is synced before every acknowledgement.
    package var hasStrictMarks = false
    package var allowsUnsafeFileSystem = false

    package init() {}

    /// Refuses what would otherwise be found out by the first call, or by nobody.
    package func check() throws(SettingsError) {
        guard !data.isEmpty else {
            throw SettingsError("--data is empty; give a directory")
        }
        let labels = baseDomain.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy({ TrunkDomain.label(String($0)) != nil }) else {
            throw SettingsError(
                "--base-domain \(baseDomain) is not a host name like sip.example.com")
        }
        guard Endpoint(apiListen) != nil else {
            throw SettingsError(
                "--api-listen \(apiListen) is not HOST:PORT with an IP address as host")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw SettingsError(
                "log_level is \(logLevel); there are "
                    + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
        }
        _ = try mediaAddresses(listeners())
    }

    /// The listeners with the names that peers are to know them by.
    package func listeners() throws(SettingsError) -> [Listener] {
        guard advertise.count <= 1 || advertise.count == sipListen.count else {
            throw SettingsError(
                "there are \(advertise.count) values of --advertise for \(sipListen.count) "
                    + "listeners; give one for each, in the same order, or one for all")
        }
        var listeners: [Listener] = []
        for (index, text) in sipListen.enumerated() {
            guard text.hasPrefix("udp:"), let local = Endpoint(text.dropFirst(4)) else {
                throw SettingsError(
                    "--sip-listen \(text) is not udp:HOST:PORT with an IP address as host")
            }
            let name = advertise.count == 1 ? advertise[0] : advertise.dropFirst(index).first
            listeners.append(try listener(local, name))
        }
        return listeners
    }

    private func listener(_ local: Endpoint, _ name: String?) throws(SettingsError) -> Listener {
        guard let name else {
            guard !local.address.isUnspecified else {
                throw SettingsError(
                    "--sip-listen \(local) is a wildcard, which peers cannot reach; say with "
                        + "--advertise HOST[:PORT] what they are to use")
            }
            return Listener(local: local, host: Self.host(local.address), port: local.port)
        }
        if (Endpoint(name)?.address ?? IPAddress(name))?.isUnspecified == true {
            throw SettingsError("--advertise \(name) is a wildcard; give what peers can reach")
        }
        if let endpoint = Endpoint(name) {
            return Listener(
                local: local, host: Self.host(endpoint.address), port: endpoint.port)
        }
        if let address = IPAddress(name) {
            return Listener(local: local, host: Self.host(address), port: local.port)
        }
        guard let uri = URI(parsing: "sip:\(name)".utf8), uri.user == nil else {
            throw SettingsError("--advertise \(name) is not HOST or HOST:PORT")
        }
        return Listener(local: local, host: Octets(uri.host), port: uri.port ?? local.port)
    }

    private static func host(_ address: IPAddress) -> Octets {
        Octets((address.isV6 ? "[\(address)]" : "\(address)").utf8)
    }

    /// The addresses for our session descriptions.
    package func mediaAddresses(_ listeners: [Listener]) throws(SettingsError) -> [IPAddress] {
        if !rtpAdvertise.isEmpty {
            return try rtpAdvertise.map { text throws(SettingsError) in
                guard let address = IPAddress(text), !address.isUnspecified else {
                    throw SettingsError(
                        "--rtp-advertise \(text) is not an IP address that peers can reach")
                }
                return address
            }
        }
        var addresses: [IPAddress] = []
        for listener in listeners {
            let named = IPAddress(String(decoding: listener.host, as: UTF8.self))
            let address = named ?? listener.local.address
            guard !address.isUnspecified else {
                throw SettingsError(
                    "there is no address for RTP, because \(listener.local) is a wildcard; give "
                        + "one with --rtp-advertise ADDR")
            }
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    package var logOptions: LogOptions {
        LogOptions(segmentBytes: logSegmentMebibytes << 20, hasStrictMarks: hasStrictMarks)
    }

    /// For the record of a start: sorted, without secrets, of which there are none here.
    package var recorded: [GatewayStarted.Setting] {
        let pairs: [(String, String)] = [
            ("advertise", advertise.joined(separator: " ")),
            ("allow_unsafe_filesystem", "\(allowsUnsafeFileSystem)"), ("api_listen", apiListen),
            ("base_domain", baseDomain), ("drain_timeout", "\(drainTimeout)"),
            ("log_level", logLevel), ("log_segment_mebibytes", "\(logSegmentMebibytes)"),
            ("log_strict_marks", "\(hasStrictMarks)"), ("maximum_duration", "\(maximumDuration)"),
            ("media_silence", "\(mediaSilence)"), ("no_reply_timeout", "\(noReplyTimeout)"),
            ("ring_timeout", "\(ringTimeout)"),
            ("rtp_advertise", rtpAdvertise.joined(separator: " ")),
            ("rtp_ports", "\(rtpPorts.lowerBound)-\(rtpPorts.upperBound)"),
            ("sip_listen", sipListen.joined(separator: " ")),
        ]
        return pairs.map { GatewayStarted.Setting(key: $0.0, value: $0.1) }
    }
}
