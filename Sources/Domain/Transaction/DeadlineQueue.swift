// What is due next among thousands of machines: a heap whose entries may be out of date. A machine that
// moved its deadline is simply asked again when the old entry comes up. Which of two comes first does not
// depend on when they were put in, so that a replay has the same order.

/// Subjects ordered by when they want to be looked at.
package struct DeadlineQueue<Subject: Comparable & Sendable>: Sendable {
    private var heap: [Entry] = []
    /// What the entries are about: subjects are large, and a heap moves its entries at every change.
    private var subjects: [Subject?] = []
    private var freePlaces: [Int] = []

    private struct Entry {
        let due: Instant
        /// Where its subject stands.
        let place: Int
    }

    /// Children of an entry: four of them stand side by side in memory, and the heap is half as deep.
    private static var width: Int { 4 }

    package init() {}

    /// The earliest entry's time; nil when nothing waits.
    package var next: Instant? { heap.first?.due }

    package mutating func push(_ subject: Subject, due: Instant) {
        let place = freePlaces.popLast() ?? subjects.count
        if place == subjects.count { subjects.append(subject) } else { subjects[place] = subject }
        let entry = Entry(due: due, place: place)
        heap.append(entry)
        rise(entry, from: heap.count - 1)
    }

    /// Takes the earliest entry if its time has come.
    package mutating func pop(at now: Instant) -> Subject? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty { sink(last) }
        freePlaces.append(first.place)
        return subjects[first.place].take()
    }

    /// Subjects are only looked at when they are due at the same time, which is rare.
    private func precedes(_ one: Entry, _ other: Entry) -> Bool {
        if one.due != other.due { return one.due < other.due }
        guard let subject = subjects[one.place], let next = subjects[other.place] else {
            preconditionFailure("an entry is about something")
        }
        return subject < next
    }

    private mutating func rise(_ entry: Entry, from last: Int) {
        var hole = last
        while hole > 0 {
            let parent = (hole - 1) / Self.width
            guard precedes(entry, heap[parent]) else { break }
            heap[hole] = heap[parent]
            hole = parent
        }
        heap[hole] = entry
    }

    private mutating func sink(_ entry: Entry) {
        var hole = 0
        while true {
            let first = hole * Self.width + 1
            guard first < heap.count else { break }
            var least = first
            for child in first + 1..<max(first + 1, min(first + Self.width, heap.count))
            where precedes(heap[child], heap[least]) { least = child }
            guard precedes(heap[least], entry) else { break }
            heap[hole] = heap[least]
            hole = least
        }
        heap[hole] = entry
    }
}
