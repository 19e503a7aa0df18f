// Threads of the log. They block in system calls, which Swift's cooperative threads must not.

import Glibc

/// What a thread does until it ends.
protocol ThreadLoop: AnyObject {
    func run()
}

enum LogThread {
    private final class Work {
        let name: String
        let loop: any ThreadLoop
        init(_ name: String, _ loop: any ThreadLoop) {
            self.name = name
            self.loop = loop
        }
    }

    /// Runs a loop on a new thread, which is its only owner from then on.
    static func start(
        _ loop: sending any ThreadLoop, named name: String
    ) throws(LogError) -> pthread_t {
        var started = pthread_t()
        let box = Unmanaged.passRetained(Work(name, loop))
        let result = pthread_create(
            &started, nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                pthread_setname_np(pthread_self(), work.name)
                work.loop.run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw .unavailable(
                SystemCallFailure(call: "pthread_create", path: name, number: result))
        }
        return started
    }
}
