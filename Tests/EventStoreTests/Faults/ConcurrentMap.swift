// Worlds of their own need not wait for each other: the fault tests look at as many at once as there are
// processors.

import Dispatch

extension Array {
    /// What becomes of each element, in their order. `transform` is called from several threads.
    func concurrentMap<Result>(_ transform: (Element) -> Result) -> [Result] {
        nonisolated(unsafe) let (elements, transform) = (self, transform)
        return [Result](unsafeUninitializedCapacity: count) { buffer, count in
            nonisolated(unsafe) let results = buffer
            DispatchQueue.concurrentPerform(iterations: elements.count) { index in
                results.initializeElement(at: index, to: transform(elements[index]))
            }
            count = elements.count
        }
    }
}
