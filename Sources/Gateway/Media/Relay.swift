// The RTP and RTCP relay as the rest of the gateway sees it: orders in, reports out, one thread of
// its own in between.

package import Domain
import Glibc
import Synchronization

/// Relays the media of all calls.
package final class Relay: Sendable {
    private let queue: RelayQueue
    /// The loop while it has no thread yet.
    private let idle: Mutex<RelayLoop?>
    private let thread = Mutex<pthread_t?>(nil)

    /// Ports are drawn from the range. `ownAddresses` are those that peers know this host by besides the
    /// ones of its interfaces; without an IPv6 one among them, IPv4 alone is relayed. Sockets of calls are
    /// kept in `store`. Reports are made on the relay's thread, which they must not hold up.
    package init(
        ports: ClosedRange<UInt16>, ownAddresses: [IPAddress] = [], store: DescriptorStore? = nil,
        report: @escaping @Sendable ([RelayReport]) -> Void
    ) throws(RelayError) {
        let queue = try RelayQueue()
        self.queue = queue
        idle = Mutex(
            try RelayLoop(
                ports: RelayPorts(
                    ports, store: store,
                    wantsIPv6: ownAddresses.isEmpty || ownAddresses.contains(where: \.isV6)),
                ownAddresses: ownAddresses, queue: queue,
                report: report))
    }

    /// Binds ports that calls have had before a restart; returns those that cannot be bound. Only
    /// before `start`: afterwards all fail.
    package func rebind(_ ports: [UInt16]) -> [UInt16] {
        idle.withLock { loop in ports.filter { !(loop?.hold($0) ?? false) } }
    }

    /// Keeps ports that were closed shortly before a restart from being offered for the full rest.
    /// Only before `start`.
    package func rest(_ ports: [UInt16]) {
        idle.withLock { $0?.rest(ports) }
    }

    /// Binds the first ports that calls will ask for; returns them. Only before `start`, which then offers
    /// only those that replace them.
    package func prepare() -> [UInt16] {
        idle.withLock { $0?.prepare() ?? [] }
    }

    /// Starts the thread. The first reports offer ports. Does nothing when it runs already.
    package func start() throws(RelayError) {
        var started = pthread_t()
        let result: Int32 = idle.withLock { loop in
            guard let running = loop else { return 0 }
            let box = Unmanaged.passRetained(running)
            let result = pthread_create(
                &started, nil,
                { argument in
                    // The box made above; this thread is its only owner from here on.
                    guard let argument else { return nil }
                    Unmanaged<RelayLoop>.fromOpaque(argument).takeRetainedValue().run()
                    return nil
                }, box.toOpaque())
            if result == 0 { loop = nil } else { box.release() }
            return result
        }
        guard result == 0 else { throw RelayError(call: "pthread_create", number: result) }
        if started != 0 { thread.withLock { [started] in $0 = started } }
    }

    /// Hands over orders, to be obeyed in sequence. Never blocks; from any thread.
    package func submit(_ orders: [RelayOrder]) {
        queue.submit(orders)
    }

    /// Obeys what was submitted, reports figures that are not final, closes everything and ends the
    /// thread. Calls may be going on elsewhere after this. Not to be called from a report.
    package func stop() {
        queue.stop()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let running { pthread_join(running, nil) }
    }
}
