// A thread that makes something of the durable log as it grows. It is never between a packet and its
// answer: when it is slow or fails, calls go on and it begins again.

import Domain
import Foundation
import Glibc
import Synchronization

/// What is made of the log. Used by the follower's thread alone.
protocol LogSubscriber: AnyObject {
    /// Takes in some of what is new; false when there was nothing.
    func step() throws -> Bool
    /// The follower was told to stop.
    func finish()
}

/// Runs a subscriber on a thread of its own.
final class LogFollower: Sendable {
    private let name: String
    /// How often it looks for new events by itself.
    private let interval: Duration
    private let failed: @Sendable (String) -> Void
    private let isStopped = Atomic(false)
    private let wake = WakeUp()
    private let ended = DispatchSemaphore(value: 0)
    /// Linux has it for each thread: calls come first.
    private static let niceness: Int32 = 10
    /// SQLite's disk may be full: there is no hurry to try again.
    private static let pause = Duration.seconds(2)

    init(_ name: String, interval: Duration, failed: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.interval = interval
        self.failed = failed
    }

    /// Begins to follow; a subscriber that fails is made anew.
    func start(_ subscribe: @escaping @Sendable () throws -> any LogSubscriber) {
        Thread.detachNewThread { [self] in
            pthread_setname_np(pthread_self(), name)
            _ = nice(Self.niceness)
            run(subscribe)
            ended.signal()
        }
    }

    /// Somebody waits for what is new.
    func notify() { wake.signal() }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }

    /// Returns when the thread has ended. Once, after `stop`.
    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [self] in
                ended.wait()
                continuation.resume()
            }
        }
    }

    private var isRunning: Bool { !isStopped.load(ordering: .acquiring) }

    private func run(_ subscribe: () throws -> any LogSubscriber) {
        // Once in any case: who stops it wants to know how far the log had come.
        repeat {
            do {
                let subscriber = try subscribe()
                while isRunning {
                    if try !subscriber.step() { wake.wait(for: interval) }
                }
                subscriber.finish()
            } catch {
                failed("\(error)")
                pause()
            }
        } while isRunning
    }

    /// However much there is to read meanwhile.
    private func pause() {
        let end = ContinuousClock.now + Self.pause
        while isRunning, ContinuousClock.now < end { wake.wait(for: end - ContinuousClock.now) }
    }
}
