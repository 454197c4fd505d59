//! Which file of `src` uses which other one, from the paths in its code. Methods are not seen, because they have no path, and in
//! the arguments of a macro only names that a `use` brings in. Modules within a file count as part of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A module by its path from the root of the crate, such as `["upload", "arn"]`.
type Module = Vec<String>;

/// Stands for all names of a module.
const GLOB: &str = "*";

/// The modules of the crate, one per file.
pub struct Imports {
    files: BTreeMap<Module, File>,
}

#[derive(Default)]
struct File {
    /// The names that a `use` brings in, and from where. The files below a `mod.rs` see all of its names.
    names: BTreeMap<String, Vec<String>>,
    /// Every path in the code, as it is written.
    paths: BTreeSet<Vec<String>>,
}

impl Imports {
    /// Reads all files under this folder, tests left out.
    pub fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(src, &mut Vec::new(), &mut files);
        Self { files }
    }

    /// For each module, the other ones that define what it uses.
    pub fn edges(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut edges = BTreeMap::new();
        for (module, file) in &self.files {
            let used = file.paths.iter().filter_map(|path| self.definer(module, path));
            let used = used.filter(|other| other != module).map(|other| other.join("/")).collect();
            edges.insert(module.join("/"), used);
        }
        edges
    }

    /// The module that defines what a path in `from` names. None when it is outside of the crate.
    fn definer(&self, from: &Module, path: &[String]) -> Option<Module> {
        let (mut module, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.clone(), &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                (from[..from.len().checked_sub(ups)?].to_vec(), &path[ups..])
            }
            child if self.files.contains_key(&[from.as_slice(), &[child.to_owned()]].concat()) => (from.clone(), path),
            name => {
                let target = self.files[from].names.get(name).filter(|target| target[0] != name)?;
                return self.definer(from, &[target.as_slice(), &path[1..]].concat());
            }
        };
        while let Some((name, below)) = rest.split_first() {
            let child = [module.as_slice(), std::slice::from_ref(name)].concat();
            if self.files.contains_key(&child) {
                (module, rest) = (child, below);
            } else if let Some(target) = self.files.get(&module).and_then(|file| file.names.get(name)) {
                return self.definer(&module, &[target.as_slice(), below].concat());
            } else {
                break;
            }
        }
        Some(module)
    }
}

fn collect(folder: &Path, module: &mut Module, files: &mut BTreeMap<Module, File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The program uses the library, and nothing can use the program.
        if name.contains("tests") || name == "main" {
            continue;
        }
        let is_own = !matches!(name.as_str(), "mod" | "lib");
        if is_own {
            module.push(name);
        }
        if path.is_dir() {
            collect(&path, module, files);
        } else {
            files.insert(module.clone(), read(&path));
        }
        if is_own {
            module.pop();
        }
    }
}

fn read(path: &Path) -> File {
    let mut file = File::default();
    let code = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    Paths(&mut file).visit_file(&code);
    file
}

struct Paths<'a>(&'a mut File);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, reexported): (&[Attribute], bool) = match item {
            Item::Mod(module) => (&module.attrs, false),
            Item::Use(item) => (&item.attrs, !matches!(item.vis, Visibility::Inherited)),
            _ => (&[], false),
        };
        if attributes.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            return;
        }
        if let Item::Use(item) = item {
            let mut paths = Vec::new();
            flatten(&item.tree, &mut Vec::new(), &mut paths);
            for (path, name) in paths {
                // Whoever uses a re-exported name uses the file that defines it. The names of a glob are not known.
                if name == GLOB || !reexported {
                    self.0.paths.insert(path.clone());
                }
                self.0.names.insert(name, path);
            }
            return;
        }
        visit::visit_item(self, item);
    }

    /// `pub(super)` says who may use an item, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

/// Each path of a `use`, with the name that it brings in.
fn flatten(tree: &UseTree, prefix: &mut Vec<String>, paths: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, paths);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, paths)),
        UseTree::Name(name) if name.ident == "self" => {
            paths.push((prefix.clone(), prefix.last().cloned().unwrap_or_default()));
        }
        UseTree::Name(name) => {
            paths.push(([prefix.as_slice(), &[name.ident.to_string()]].concat(), name.ident.to_string()))
        }
        UseTree::Rename(name) => {
            paths.push(([prefix.as_slice(), &[name.ident.to_string()]].concat(), name.rename.to_string()));
        }
        UseTree::Glob(_) => paths.push((prefix.clone(), GLOB.to_owned())),
    }
}

#[test]
fn a_path_through_an_imported_module_leads_to_the_file_that_defines_the_name() {
    let edges = Imports::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).edges();
    let used = &edges["cli/commands/controller/command"]; // it imports `controller`, and calls `controller::run`
    assert!(used.contains("controller/run"), "{used:?}");
}
