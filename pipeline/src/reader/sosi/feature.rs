//! A file's groups with their geometries: a first pass puts the shapes away, a second one puts them together.

use catalog::table::Geometry;

use super::{
    super::{
        Input,
        fault::fault,
        flaw::{Bad, Flaw, Notes},
    },
    assemble::Assembler,
    charset::{self, Charset},
    group::{Group, Groups},
    head::Frame,
    item::Item,
    kind::Kind,
    shape::{self, Measure, Shape},
    store::{Shelf, Store},
};
use crate::Result;

/// After so many groups it is asked whether reading is to stop.
const CHECKED: usize = 1024;

/// A group and its geometry in the file's coordinate system.
pub(super) struct Feature {
    /// The group.
    pub(super) group: Group,
    /// Its geometry, or why it has none.
    pub(super) geometry: std::result::Result<Option<Geometry>, Flaw>,
}

/// Reads features.
pub(super) struct Features {
    groups: Groups,
    assembler: Assembler,
    measure: Measure,
    head: Vec<Item>,
    line: u64,
    frame: Frame,
    /// What must be told.
    pub(super) notes: Notes,
}

impl Features {
    /// Looks through a file. `koordsys` stands in place of the file's, `tolerance` is that of arcs.
    pub(super) fn open(input: Input<'_>, koordsys: Option<u16>, tolerance: f64) -> Result<Self> {
        let mut notes = Notes::default();
        let judgement = charset::judge(input.name, input.path)?;
        notes.0.extend(judgement.note);
        let charset = judgement.charset;
        let (mut groups, head, frame) = begin(input, charset, koordsys)?;
        let measure = Measure { koordsys: frame.koordsys, unit: frame.unit(), tolerance };
        let store = survey(input, &mut groups, measure, &mut notes)?;
        let (groups, Group { items, line, .. }, frame) = (begin(input, charset, koordsys)?.0, head, frame);
        let assembler = Assembler::new(store, measure.unit);
        Ok(Self { groups, assembler, measure, head: items, line, frame, notes })
    }

    /// The attributes of the head.
    pub(super) fn head(&self) -> &[Item] {
        &self.head
    }

    /// How the file's numbers are coordinates, and the line that says so.
    pub(super) fn frame(&self) -> (Frame, u64) {
        (self.frame, self.line)
    }

    /// Positions that were put together since this was asked last.
    pub(super) fn spent(&self) -> usize {
        self.assembler.spent
    }

    /// Begins to count anew.
    pub(super) fn rest(&mut self) {
        self.assembler.spent = 0;
    }

    /// The next group that is an object; `None` at the end.
    pub(super) fn next(&mut self, wanted: &dyn Fn(&Group) -> bool) -> Result<Option<Feature>> {
        while let Some(group) = self.groups.next()? {
            match Kind::of(&group.name) {
                Kind::End => return Ok(None),
                Kind::Head | Kind::Declaration | Kind::Other => {}
                _ if !wanted(&group) => {}
                _ => return Ok(Some(self.feature(group)?)),
            }
        }
        Ok(None)
    }

    fn feature(&mut self, group: Group) -> Result<Feature> {
        // The first pass has told of shapes that are broken themselves.
        let shape = match shape::shape(&group, self.measure) {
            Ok(shape) => shape,
            Err(flaw) => return Ok(Feature { group, geometry: Err(flaw) }),
        };
        let label = group.label();
        let geometry = match self.assembler.geometry(group.serial, shape, &mut self.notes, &label) {
            Ok(geometry) => Ok(geometry),
            Err(Bad::File(error)) => return Err(error),
            Err(Bad::Flaw(flaw)) => {
                self.notes.tell(flaw.code, || format!("{label}: {}", flaw.reason));
                Err(flaw)
            }
        };
        Ok(Feature { group, geometry })
    }
}

/// Opens a file and reads its head.
fn begin(input: Input<'_>, charset: Charset, koordsys: Option<u16>) -> Result<(Groups, Group, Frame)> {
    let mut groups = Groups::open(input.name, input.path, charset)?;
    let head = groups.next()?.filter(|group| Kind::of(&group.name) == Kind::Head);
    let Some(head) = head else {
        return Err(fault(input.name, "format-sosi-head", None, "the file does not begin with .HODE"));
    };
    let frame = Frame::read(input.name, head.line, &head.items, koordsys)?;
    groups.set_frame(frame);
    Ok((groups, head, frame))
}

/// Puts the shapes of all groups away, and tells what is the matter with the file.
fn survey(input: Input<'_>, groups: &mut Groups, measure: Measure, notes: &mut Notes) -> Result<Store> {
    let mut shelf = Shelf::new(std::fs::metadata(input.path)?.len())?;
    let mut read = 0_usize;
    let mut ended = false;
    while let Some(group) = groups.next()? {
        if read.is_multiple_of(CHECKED) {
            input.check()?;
        }
        read += 1;
        match Kind::of(&group.name) {
            Kind::End => {
                ended = true;
                break;
            }
            Kind::Head => {
                let reason = "a second head: these are several files in one";
                return Err(fault(input.name, "format-sosi-head", Some(group.line), reason));
            }
            Kind::Declaration => {}
            Kind::Other => notes.tell("format-sosi-group", || format!("{} is not read", group.label())),
            kind => {
                if kind == Kind::Approximated {
                    let message = || format!("{} is drawn as a line along its points", group.label());
                    notes.tell("format-sosi-approximated", message);
                }
                put(input.name, &group, &shape::shape(&group, measure), (&mut shelf, notes))?;
            }
        }
    }
    if !ended {
        notes.tell("format-sosi-end", || "the file has no .SLUTT: it may be cut off".to_owned());
    } else if let Some(group) = groups.next()? {
        notes.tell("format-sosi-end", || format!("the file goes on after .SLUTT with {}", group.label()));
    }
    shelf.close()
}

fn put(
    file: &str,
    group: &Group,
    shape: &std::result::Result<Shape, Flaw>,
    (shelf, notes): (&mut Shelf, &mut Notes),
) -> Result<()> {
    if let Err(flaw) = shape {
        notes.tell(flaw.code, || format!("{}: {}", group.label(), flaw.reason));
    }
    let Some(serial) = group.serial else { return Ok(()) };
    if shelf.put(serial, shape.as_ref().ok())? {
        return Ok(());
    }
    let reason = format!("{}: more curves, or arcs of more positions, than can be kept", group.label());
    Err(fault(file, "format-sosi-limit", Some(group.line), reason))
}
