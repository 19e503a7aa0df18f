// `serve --supervise`: a parent that does nothing but keep the gateway's sockets and start it again. It
// holds no state of calls, so there is little in it that can fail.

import ArgumentParser
import CLinux
import Domain
import Foundation
import Glibc
import Logging
import Synchronization
import UnixSignals

/// Runs the gateway as a child, again whenever it dies.
final class Supervisor: Sendable {
    private struct State {
        var shelf = DescriptorShelf()
        var child: pid_t = 0
        var isReady = false
        /// An operator wants it to end, or to be replaced.
        var isStopping = false
        var isReplacing = false
    }

    private let program: String
    private let arguments: [String]
    private let name = "@trunkline-\(getpid())"
    private let socket: LocalSocket
    private let state = Mutex(State())
    private let logger: Logger

    init(arguments: [String], logger: Logger) throws {
        guard let socket = LocalSocket(boundTo: name) else {
            throw SettingsError("cannot supervise: \(String(cString: strerror(errno)))")
        }
        // The path of now: when another file is put there, that is the one to start next.
        program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        self.arguments = arguments
        self.socket = socket
        self.logger = logger
    }

    /// Returns the gateway's last exit status when it has ended for good.
    func run() async -> ExitCode {
        let signals = Task {
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) {
                pass(on: signal)
            }
        }
        Thread.detachNewThread { self.keepDescriptors() }
        let status = await withCheckedContinuation { done in
            Thread.detachNewThread { done.resume(returning: self.supervise()) }
        }
        signals.cancel()
        return ExitCode(status)
    }

    /// SIGTERM and SIGINT end the gateway and us, SIGHUP has it replaced.
    private func pass(on signal: UnixSignal) {
        state.withLock { state in
            if signal == .sighup { state.isReplacing = true } else { state.isStopping = true }
            if state.child > 0 { kill(state.child, signal.rawValue) }
        }
    }

    // MARK: Descriptors

    private func keepDescriptors() {
        while true {
            var wait = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, -1)
            state.withLock { takeMessages(&$0) }
        }
    }

    private func takeMessages(_ state: inout State) {
        while let message = socket.receive() {
            guard message.sender == state.child else {
                for descriptor in message.descriptors { close(descriptor) }
                continue
            }
            if state.shelf.obey(message) { state.isReady = true }
        }
    }

    // MARK: The child

    private func supervise() -> Int32 {
        var failures = 0
        var hasEverBeenReady = false
        while true {
            let started = ContinuousClock.now
            guard let child = start() else { return Exit.refused.rawValue }
            let status = Self.wait(for: child)
            let (wasReady, isStopping, isReplacing) = state.withLock { state in
                defer { (state.isReady, state.isReplacing) = (false, false) }
                takeMessages(&state)
                return (state.isReady, state.isStopping, state.isReplacing)
            }
            hasEverBeenReady = hasEverBeenReady || wasReady
            failures = wasReady ? 0 : failures + 1
            let hasEnded = status == 0 && !isReplacing
            guard hasEverBeenReady, !isStopping, !hasEnded, failures < Limits.failedStarts else {
                return status
            }
            logger.warning(
                "the gateway ended and is started again",
                metadata: [
                    "status": "\(status)",
                    "after_seconds": "\((ContinuousClock.now - started).components.seconds)",
                ])
            if failures > 0 { sleep(1) }
        }
    }

    /// Starts the program with the kept descriptors; nil, after saying why, when it cannot be.
    private func start() -> pid_t? {
        let result: Int32 = state.withLock { state in
            takeMessages(&state)
            return withActions(state.shelf) { actions, attributes, environment in
                Self.withStrings([program] + arguments) { arguments in
                    Self.withStrings(environment) {
                        posix_spawn(&state.child, program, &actions, &attributes, arguments, $0)
                    }
                }
            }
        }
        guard result == 0 else {
            logger.critical(
                "cannot start the gateway",
                metadata: [
                    "program": "\(program)", "error": "\(String(cString: strerror(result)))",
                ])
            return nil
        }
        return state.withLock { $0.child }
    }

    /// The kept descriptors go to the numbers from 3 on; signals are as in any new process. It has a
    /// process group of its own, so that Ctrl-C reaches it once, through us.
    private func withActions(
        _ shelf: DescriptorShelf,
        _ body: (inout posix_spawn_file_actions_t, inout posix_spawnattr_t, [String]) -> Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (index, entry) in shelf.kept.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, entry.descriptor, Int32(3 + index))
        }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        return body(&actions, &attributes, environment(shelf))
    }

    private func environment(_ shelf: DescriptorShelf) -> [String] {
        var variables = ProcessInfo.processInfo.environment
        variables["LISTEN_PID"] = nil
        variables["NOTIFY_SOCKET"] = name
        variables["LISTEN_FDS"] = "\(shelf.kept.count)"
        variables["LISTEN_FDNAMES"] = shelf.kept.map(\.name).joined(separator: ":")
        return variables.map { "\($0)=\($1)" }
    }

    /// The exit status; 128 and the number of the signal that killed it, as a shell has it.
    private static func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    private static func withStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
