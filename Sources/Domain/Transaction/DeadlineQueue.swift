// What is due next among thousands of machines: a binary heap whose entries may be out of date. A
// machine that moved its deadline is simply asked again when the old entry comes up. Which of two comes
// first does not depend on when they were put in, so that a replay has the same order.

/// Subjects ordered by when they want to be looked at.
package struct DeadlineQueue<Subject: Comparable & Sendable>: Sendable {
    private var heap: [Entry] = []

    private struct Entry {
        let due: Instant
        let subject: Subject

        /// Subjects are only looked at when they are due at the same time, which is rare.
        func precedes(_ other: Entry) -> Bool {
            due == other.due ? subject < other.subject : due < other.due
        }
    }

    package init() {}

    /// The earliest entry's time; nil when nothing waits.
    package var next: Instant? { heap.first?.due }

    package mutating func push(_ subject: Subject, due: Instant) {
        heap.append(Entry(due: due, subject: subject))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !heap[child].precedes(heap[parent]) { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    /// Takes the earliest entry if its time has come.
    package mutating func pop(at now: Instant) -> Subject? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = 2 * parent + 1
            if least >= heap.count { break }
            if least + 1 < heap.count, heap[least + 1].precedes(heap[least]) { least += 1 }
            if !heap[least].precedes(heap[parent]) { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first.subject
    }
}
